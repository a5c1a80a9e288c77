// What a page of Azure Resource Graph takes while it is read. A program of its own, because it
// replaces operator new to count.

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <string>

#include "arm/graph_page.h"
#include "arm/pricing_json.h"

namespace {

std::atomic<std::size_t> in_use{0};
std::atomic<std::size_t> peak{0};

void* allocate(std::size_t size) noexcept {
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) return nullptr;
  const std::size_t now = in_use += malloc_usable_size(memory);
  std::size_t seen = peak;
  while (now > seen && !peak.compare_exchange_weak(seen, now)) {
  }
  return memory;
}

void* allocate_or_throw(std::size_t size) {
  void* const memory = allocate(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void release(void* memory) noexcept {
  if (memory != nullptr) in_use -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return allocate_or_throw(size); }
void* operator new[](std::size_t size) { return allocate_or_throw(size); }
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  return allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  return allocate(size);
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t /*size*/) noexcept { release(memory); }
void operator delete(void* memory, const std::nothrow_t& /*tag*/) noexcept { release(memory); }
void operator delete[](void* memory, const std::nothrow_t& /*tag*/) noexcept { release(memory); }

namespace defenderd {
namespace {

std::string page_of(int rows) {
  std::string text = R"({"totalRecords":)" + std::to_string(rows) + R"(,"count":)" +
                     std::to_string(rows) + R"(,"resultTruncated":"false","data":[)";
  for (int n = 0; n < rows; ++n) {
    text += n > 0 ? "," : "";
    text += R"({"id":"/subscriptions/6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11/providers/)"
            R"(Microsoft.Security/pricings/AI","pricingTier":"Standard","extensions":[)"
            R"({"name":"AIPromptEvidence","isEnabled":"True","operationStatus":)"
            R"({"code":"Succeeded","message":"Successfully enabled extension"}},)"
            R"({"name":"AIPromptSharingWithPurview","isEnabled":"False","operationStatus":)"
            R"({"code":"Succeeded","message":"Successfully disabled extension"}},)"
            R"({"name":"AIModelScanner","isEnabled":"False"}]})";
  }
  return text + "]}";
}

std::uint64_t plans_of(const std::string& body) {
  std::uint64_t plans = 0;
  const auto page = read_graph_page(body, [&plans](const JsonValue& row) {
    plans += read_properties(members_of(row)) ? 1U : 0U;
  });
  EXPECT_TRUE(page) << page.error().message;
  return plans;
}

TEST(GraphMemory, APageOfAThousandRowsTakesAFewMegabytes) {
  const std::string body = page_of(1000);
  EXPECT_EQ(plans_of(page_of(1)), 1U);  // so that tables that stay are not counted below
  const std::size_t before = in_use;
  peak = before;
  EXPECT_EQ(plans_of(body), 1000U);
  EXPECT_EQ(in_use, before) << "nothing of a page stays";
  const std::size_t bytes = peak - before;
  RecordProperty("bytes", std::to_string(bytes));
  EXPECT_LT(body.size(), 600'000U);
  EXPECT_LT(bytes, 8'000'000U);
}

// What is refused for its bounds costs nothing.
TEST(GraphMemory, APageThatIsTooMuchTakesNothing) {
  std::string wide = R"({"data":[0)";
  for (int i = 0; i < 1'000'000; ++i) wide += ",0";
  const std::string deep = R"({"data":)" + std::string(1'000'000, '[');
  const std::string large(9UL << 20U, ' ');
  for (const std::string& body : {wide, deep, large}) {
    const std::size_t before = in_use;
    peak = before;
    EXPECT_FALSE(read_graph_page(body, [](const JsonValue&) {}));
    EXPECT_LT(peak - before, 1024U);
  }
}

}  // namespace
}  // namespace defenderd
