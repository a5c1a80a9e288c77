#include "kubesim/validation.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace kubesim {
namespace {

using Kind = FieldError::Kind;
using Errors = std::vector<FieldError>;

constexpr std::size_t kMaxData = 1024UL * 1024;        // of a ConfigMap
constexpr std::size_t kMaxAnnotations = 256UL * 1024;  // of an object
constexpr std::size_t kMaxName = 253, kMaxLabel = 63;

constexpr std::string_view kSubdomain =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
constexpr std::string_view kConfigMapKey =
    "a valid config map key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "
    "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
constexpr std::string_view kQualifiedName =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
    "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
constexpr std::string_view kLabelValue =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  "
    "or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

bool is_lower(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_alphanumeric(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }
bool is_name_letter(char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; }

std::string quoted(const std::string& text) { return Json(text).dump(); }

bool is_subdomain(std::string_view text) {
  if (text.empty() || text.size() > kMaxName) return false;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('.', start), text.size());
    const std::string_view label = text.substr(start, end - start);
    if (label.empty() || !is_lower(label.front()) || !is_lower(label.back())) return false;
    if (!std::all_of(label.begin(), label.end(), [](char c) { return is_lower(c) || c == '-'; }))
      return false;
    start = end + 1;
  }
  return true;
}

bool is_label_text(std::string_view text) {
  return !text.empty() && text.size() <= kMaxLabel && is_alphanumeric(text.front()) &&
         is_alphanumeric(text.back()) && std::all_of(text.begin(), text.end(), is_name_letter);
}

bool is_qualified_name(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return is_label_text(text);
  return is_subdomain(text.substr(0, slash)) && is_label_text(text.substr(slash + 1));
}

const Json& at(const Json& object, const char* key) {
  static const Json none = Json::object();
  const auto found = object.find(key);
  return found == object.end() ? none : *found;
}

void check_maps(const Json& meta, Errors& errors) {
  std::size_t size = 0;
  for (const auto& [key, value] : at(meta, "annotations").items()) {
    size += key.size() + value.get_ref<const std::string&>().size();
    if (!is_qualified_name(key))
      errors.push_back(
          {Kind::Invalid, "metadata.annotations", quoted(key), std::string(kQualifiedName)});
  }
  if (size > kMaxAnnotations)
    errors.push_back({Kind::TooLong, "metadata.annotations", "",
                      "must have at most " + std::to_string(kMaxAnnotations) + " bytes"});
  for (const auto& [key, value] : at(meta, "labels").items()) {
    const auto& text = value.get_ref<const std::string&>();
    if (!is_qualified_name(key))
      errors.push_back(
          {Kind::Invalid, "metadata.labels", quoted(key), std::string(kQualifiedName)});
    if (!text.empty() && !is_label_text(text))
      errors.push_back({Kind::Invalid, "metadata.labels", quoted(text), std::string(kLabelValue)});
  }
}

void check_meta(const Json& meta, const Json* old, Errors& errors) {
  const std::string name = meta.value("name", "");
  if (name.empty()) {
    errors.push_back({Kind::Required, "metadata.name", "", "name or generateName is required"});
  } else if (!is_subdomain(name)) {
    errors.push_back({Kind::Invalid, "metadata.name", quoted(name), std::string(kSubdomain)});
  }
  check_maps(meta, errors);
  for (const Json& owner : at(meta, "ownerReferences")) {
    for (const char* const key : {"apiVersion", "kind", "name", "uid"}) {
      if (owner.value(key, "").empty())
        errors.push_back({Kind::Invalid, std::string("metadata.ownerReferences.") + key, "\"\"",
                          std::string(key) + " must not be empty"});
    }
  }
  if (old == nullptr) return;
  const std::string before = (*old)["metadata"].value("creationTimestamp", "");
  if (meta.value("creationTimestamp", before) != before)
    errors.push_back({Kind::Invalid, "metadata.creationTimestamp",
                      quoted(meta["creationTimestamp"]), "field is immutable"});
}

void check_lease(const Json& lease, Errors& errors) {
  const Json& spec = at(lease, "spec");
  const auto duration = spec.value("leaseDurationSeconds", 1);
  if (duration <= 0)
    errors.push_back({Kind::Invalid, "spec.leaseDurationSeconds", std::to_string(duration),
                      "must be greater than 0"});
  const auto transitions = spec.value("leaseTransitions", 0);
  if (transitions < 0)
    errors.push_back({Kind::Invalid, "spec.leaseTransitions", std::to_string(transitions),
                      "must be greater than or equal to 0"});
  if (!spec.value("preferredHolder", "").empty() && spec.value("strategy", "").empty())
    errors.push_back({Kind::Forbidden, "spec.preferredHolder", "",
                      "may only be specified if `strategy` is defined"});
}

// How many bytes base64 stands for.
std::size_t decoded_size(const std::string& text) {
  return text.size() / 4 * 3 - static_cast<std::size_t>(std::count(text.begin(), text.end(), '='));
}

void check_config_map(const Json& map, const Json* old, Errors& errors) {
  if (old != nullptr && old->value("immutable", false)) {
    if (!map.value("immutable", false))
      errors.push_back(
          {Kind::Forbidden, "immutable", "", "field is immutable when `immutable` is set"});
    for (const char* const part : {"data", "binaryData"}) {
      if (at(map, part) != at(*old, part))
        errors.push_back({Kind::Forbidden, part, "", "field is immutable when `immutable` is set"});
    }
  }
  std::size_t size = 0;
  for (const char* const part : {"data", "binaryData"}) {
    for (const auto& [key, value] : at(map, part).items()) {
      const auto& text = value.get_ref<const std::string&>();
      size += std::string_view(part) == "data" ? text.size() : decoded_size(text);
      const std::string field = std::string(part) + "[" + key + "]";
      if (key.size() > kMaxName)
        errors.push_back(
            {Kind::Invalid, field, quoted(key), "must be no more than 253 characters"});
      if (key.empty() || !std::all_of(key.begin(), key.end(), is_name_letter))
        errors.push_back({Kind::Invalid, field, quoted(key), std::string(kConfigMapKey)});
      if (key.starts_with("..") || key == ".")
        errors.push_back({Kind::Invalid, field, quoted(key),
                          key == "." ? "must not be '.'" : "must not start with '..'"});
    }
  }
  if (size > kMaxData)
    errors.push_back(
        {Kind::TooLong, "[]", "", "must have at most " + std::to_string(kMaxData) + " bytes"});
}

}  // namespace

Errors validate(const Resource& resource, const Json& object, const Json* old) {
  Errors errors;
  check_meta(at(object, "metadata"), old, errors);
  if (&resource == &leases()) check_lease(object, errors);
  if (&resource == &config_maps()) check_config_map(object, old, errors);
  return errors;
}

}  // namespace kubesim
