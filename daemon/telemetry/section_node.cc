#include "telemetry/section_node.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/json_writer.h"
#include "base/time_text.h"

namespace defenderd {
namespace {

using Json = nlohmann::json;

const Json* as_json(const void* node) { return static_cast<const Json*>(node); }

const std::string* as_text(const void* node) {
  return node != nullptr && as_json(node)->is_string()
             ? as_json(node)->get_ptr<const std::string*>()
             : nullptr;
}

}  // namespace

SectionNode SectionNode::parse(std::string_view text) {
  auto root = std::make_shared<const Json>(Json::parse(text, nullptr, false));
  const Json* const node = root->is_discarded() ? nullptr : root.get();
  return {std::move(root), node};
}

SectionNode SectionNode::operator[](const char* name) const {
  if (node_ == nullptr || !as_json(node_)->is_object()) return {root_, nullptr};
  const auto found = as_json(node_)->find(name);
  return {root_, found == as_json(node_)->end() ? nullptr : &*found};
}

std::optional<std::string> SectionNode::text() const {
  const std::string* const text = as_text(node_);
  return text == nullptr ? std::nullopt : std::optional(*text);
}

std::optional<bool> SectionNode::on() const {
  if (node_ == nullptr || !as_json(node_)->is_boolean()) return std::nullopt;
  return as_json(node_)->get<bool>();
}

std::optional<std::int64_t> SectionNode::number() const {
  if (node_ == nullptr || !as_json(node_)->is_number_integer()) return std::nullopt;
  return as_json(node_)->get<std::int64_t>();
}

std::optional<std::size_t> SectionNode::count() const {
  const auto value = number();
  return value && *value >= 0 ? std::optional(static_cast<std::size_t>(*value)) : std::nullopt;
}

std::optional<WallTime> SectionNode::as_time() const {
  const std::string* const text = as_text(node_);
  return text == nullptr ? std::nullopt : parse_rfc3339(*text);
}

std::optional<SubscriptionId> SectionNode::id() const {
  const std::string* const text = as_text(node_);
  return text == nullptr ? std::nullopt : SubscriptionId::parse(*text);
}

std::optional<std::vector<SectionNode>> SectionNode::items() const {
  if (node_ == nullptr || !as_json(node_)->is_array()) return std::nullopt;
  std::vector<SectionNode> result;
  result.reserve(as_json(node_)->size());
  for (const Json& item : *as_json(node_)) result.push_back({root_, &item});
  return result;
}

std::optional<std::vector<SectionNode::Member>> SectionNode::members() const {
  if (node_ == nullptr || !as_json(node_)->is_object()) return std::nullopt;
  std::vector<Member> result;
  result.reserve(as_json(node_)->size());
  for (const auto& [name, value] : as_json(node_)->items())
    result.push_back({name, SectionNode(root_, &value)});
  return result;
}

void write_field(JsonWriter& json, const Field& field) {
  if (field.is_plan()) {
    json.member("field", "plan");
  } else {
    json.member("extension", field.extension_name());
  }
}

std::optional<Field> read_field(const SectionNode& object) {
  if (const auto extension = object["extension"].text(); extension && !extension->empty())
    return Field::extension(kDeclaredPlan, *extension);
  if (object["field"].text() != "plan") return std::nullopt;
  return Field::plan(kDeclaredPlan);
}

}  // namespace defenderd
