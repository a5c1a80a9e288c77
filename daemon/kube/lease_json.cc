#include "kube/lease_json.h"

#include <chrono>
#include <cstdint>

#include "base/json_writer.h"
#include "base/text.h"
#include "kube/object_json.h"
#include "net/json_document.h"

namespace defenderd {
namespace {

constexpr const char* kApiVersion = "coordination.k8s.io/v1";
constexpr std::size_t kMostText = 256;  // bytes that are shown to people or written back
constexpr std::int64_t kMostTransitions = 1'000'000'000;
// A year: a longer one is not what anybody meant, and must not overflow the clock.
constexpr std::int64_t kLongest = 365LL * 24 * 3600;

void write_spec(JsonWriter& json, const LeaseRecord& record) {
  using std::chrono::seconds;
  json.member("holderIdentity", record.holder);
  if (record.duration)
    json.member("leaseDurationSeconds", std::chrono::ceil<seconds>(*record.duration).count());
  if (!record.acquired.empty()) json.member("acquireTime", record.acquired);
  if (!record.renewed.empty()) json.member("renewTime", record.renewed);
  json.member("leaseTransitions", record.transitions);
}

std::string format_over(const JsonValue& had, const LeaseRecord& record, std::string_view name,
                        std::string_view name_space) {
  JsonWriter json;
  begin_kube_object(json, {kApiVersion, "Lease", name, name_space, kUrlAnnotation, record.url},
                    had);
  json.key("spec");
  json.begin_object();
  write_spec(json, record);
  copy_members(
      json, had.member("spec"),
      {"holderIdentity", "leaseDurationSeconds", "acquireTime", "renewTime", "leaseTransitions"});
  json.end_object();
  json.end_object();
  return json.take();
}

}  // namespace

Result<LeaseRecord> parse_lease(std::string_view text, std::string_view name) {
  const auto document = JsonDocument::parse(text);
  if (!document) return Unexpected(document.error());
  const JsonValue root = document->root();
  const JsonValue metadata = root.member("metadata");
  if (auto right = check_object(root, "Lease", name, {}); !right) return Unexpected(right.error());
  const JsonValue spec = root.member("spec");
  LeaseRecord record;
  record.holder = printable(spec.text_of("holderIdentity"), kMostText);
  const auto length = spec.member("leaseDurationSeconds").integer();
  if (length && *length > 0)
    record.duration = std::chrono::seconds(std::min<std::int64_t>(*length, kLongest));
  record.acquired = printable(spec.text_of("acquireTime"), kMostText);
  record.renewed = printable(spec.text_of("renewTime"), kMostText);
  const auto transitions = spec.member("leaseTransitions").integer();
  if (transitions && *transitions > 0 && *transitions < kMostTransitions)
    record.transitions = static_cast<int>(*transitions);
  record.url = shown_text(metadata.member("annotations"), kUrlAnnotation);
  return record;
}

std::string format_lease(const LeaseRecord& record, const std::string& name,
                         const std::string& name_space) {
  return format_over({}, record, name, name_space);
}

std::string format_lease_over(std::string_view object, const LeaseRecord& record) {
  const auto document = JsonDocument::parse(object);
  return document ? format_over(document->root(), record, {}, {}) : std::string();
}

}  // namespace defenderd
