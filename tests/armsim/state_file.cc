#include "armsim/state_file.h"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <set>
#include <utility>

#include "armsim/subscription_json.h"
#include "base/text.h"

namespace armsim {
namespace {

using defenderd::Error;
using defenderd::Result;
using defenderd::Unexpected;

constexpr int kMaxDepth = 20;  // an alias may point at what holds it

Json to_json(const YAML::Node& node, int depth = 0) {
  if (depth > kMaxDepth) throw YAML::Exception(node.Mark(), "nested too deep");
  switch (node.Type()) {
    case YAML::NodeType::Sequence: {
      Json list = Json::array();
      for (const auto& item : node) list.push_back(to_json(item, depth + 1));
      return list;
    }
    case YAML::NodeType::Map: {
      Json object = Json::object();
      for (const auto& item : node)
        object[item.first.as<std::string>()] = to_json(item.second, depth + 1);
      return object;
    }
    case YAML::NodeType::Scalar:
      break;
    case YAML::NodeType::Null:
    case YAML::NodeType::Undefined:
      return {};
  }
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text == "true" || text == "false") return text == "true";
  int number = 0;
  const char* const end = text.data() + text.size();
  if (!text.empty() && std::from_chars(text.data(), end, number).ptr == end) return number;
  return text;
}

Result<std::vector<Subscription>> read_list(const std::string& file, const YAML::Node& root) {
  const auto error_at = [&](const YAML::Node& node, const std::string& message) {
    return Unexpected(Error{file + ":" + std::to_string(node.Mark().line + 1) + ": " + message});
  };
  if (!root.IsMap() || root.size() != 1 || !root["subscriptions"] ||
      !root["subscriptions"].IsSequence()) {
    return error_at(root, "expected one key, 'subscriptions', with a list");
  }
  std::vector<Subscription> result;
  std::set<std::string> seen;
  for (const auto& item : root["subscriptions"]) {
    Subscription subscription;
    if (auto done = change(subscription, to_json(item)); !done)
      return error_at(item, done.error().message);
    if (subscription.id.empty()) return error_at(item, "a subscription needs an 'id'");
    if (!seen.insert(defenderd::to_lower(subscription.id)).second)
      return error_at(item, "subscription " + subscription.id + " is listed twice");
    result.push_back(std::move(subscription));
  }
  return result;
}

}  // namespace

Result<std::vector<Subscription>> read_state(const std::string& file) {
  try {
    return read_list(file, YAML::LoadFile(file));
  } catch (const YAML::BadFile&) {
    return Unexpected(Error{"cannot read " + file});
  } catch (const YAML::Exception& exception) {
    return Unexpected(
        Error{file + ":" + std::to_string(exception.mark.line + 1) + ": " + exception.msg});
  }
}

}  // namespace armsim
