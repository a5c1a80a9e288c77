// One page of an answer of Azure Resource Graph (arm/graph_page.h).

#include "arm/graph_page.h"

#include <nlohmann/json.hpp>

#include "fuzz/fuzz.h"

using namespace defenderd;
using fuzz::require;

namespace {

// Holds the events against the order that the header promises.
class CheckedRows final : public GraphRows {
 public:
  void begin_row() override {
    require(!in_row_ && open_ == 0, "rows do not nest");
    in_row_ = true;
  }
  void value(Path path, const JsonScalar& scalar) override {
    require(in_row_ && !path.empty(), "a value has a name in a row");
    require(
        scalar.kind != JsonScalar::Kind::Boolean || scalar.text == "true" || scalar.text == "false",
        "a flag is true or false");
  }
  void end_row() override {
    require(in_row_ && open_ == 0, "a row ends after what it holds");
    in_row_ = false;
    ++rows;
  }
  void begin_object(Path path) override { open(path); }
  void begin_list(Path path) override { open(path); }
  void end_object(Path /*path*/) override { close(); }
  void end_list(Path /*path*/) override { close(); }

  std::uint64_t rows = 0;

 private:
  void open(Path path) {
    require(in_row_ && !path.empty() && ++open_ <= 64, "containers are named and bounded");
  }
  void close() { require(open_-- > 0, "what closes was open"); }

  bool in_row_ = false;
  int open_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body = fuzz::text_of(data, size);
  CheckedRows rows;
  const auto page = read_graph_page(body, rows);
  if (!page) {
    fuzz::require_printable(page.error().message, 1024);
    return 0;
  }
  require(page->rows == rows.rows, "the rows that were given are counted");
  const auto json = nlohmann::json::parse(body, nullptr, false);
  require(json.is_object(), "a page is a whole JSON object");
  return 0;
}
