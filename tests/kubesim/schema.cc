#include "kubesim/schema.h"

#include <cstdint>
#include <limits>
#include <set>
#include <utility>

#include "base/time_text.h"
#include "kubesim/micro_time.h"

namespace kubesim {
namespace {

using defenderd::Error;
using defenderd::Result;
using defenderd::Unexpected;

const Schema& owner_reference_schema() {
  static const Schema schema{"OwnerReference",
                             {{"apiVersion", Form::String},
                              {"blockOwnerDeletion", Form::Boolean},
                              {"controller", Form::Boolean},
                              {"kind", Form::String},
                              {"name", Form::String},
                              {"uid", Form::String}}};
  return schema;
}

const Schema& managed_fields_schema() {
  static const Schema schema{"ManagedFieldsEntry",
                             {{"apiVersion", Form::PlainString},
                              {"fieldsType", Form::PlainString},
                              {"fieldsV1", Form::Anything},
                              {"manager", Form::PlainString},
                              {"operation", Form::PlainString},
                              {"subresource", Form::PlainString},
                              {"time", Form::Time}}};
  return schema;
}

const Schema& object_meta_schema() {
  static const Schema schema{"ObjectMeta",
                             {{"annotations", Form::StringMap},
                              {"creationTimestamp", Form::Time},
                              {"deletionGracePeriodSeconds", Form::Int64},
                              {"deletionTimestamp", Form::Time},
                              {"finalizers", Form::Strings},
                              {"generateName", Form::PlainString},
                              {"generation", Form::Int64},
                              {"labels", Form::StringMap},
                              {"managedFields", Form::Objects, &managed_fields_schema()},
                              {"name", Form::PlainString},
                              {"namespace", Form::PlainString},
                              {"ownerReferences", Form::Objects, &owner_reference_schema()},
                              {"resourceVersion", Form::PlainString},
                              {"selfLink", Form::PlainString},
                              {"uid", Form::PlainString}}};
  return schema;
}

const Schema& lease_spec_schema() {
  static const Schema schema{"LeaseSpec",
                             {{"acquireTime", Form::MicroTime},
                              {"holderIdentity", Form::String},
                              {"leaseDurationSeconds", Form::Int32},
                              {"leaseTransitions", Form::Int32},
                              {"preferredHolder", Form::String},
                              {"renewTime", Form::MicroTime},
                              {"strategy", Form::String}}};
  return schema;
}

std::string quoted(const std::string& text) { return Json(text).dump(); }

bool is_base64(const std::string& text) {
  const std::size_t end = text.find_last_not_of('=');
  const std::size_t letters = end == std::string::npos ? 0 : end + 1;
  return text.size() % 4 == 0 && text.size() - letters <= 2 &&
         text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") >= letters;
}

// One walk through an object, which collects what is to be refused.
class Decoder {
 public:
  // The object without what is null, empty or unknown. Remembers the first wrong type.
  Json object(const Json& json, const Schema& schema, const std::string& path) {
    Json result = Json::object();
    for (const auto& [key, value] : json.items()) {
      const std::string at = path.empty() ? key : path + "." + key;
      const Field* known = nullptr;
      for (const Field& field : schema.fields) {
        if (field.name == key) known = &field;
      }
      if (known == nullptr) {
        strict_.push_back("unknown field " + quoted(at));
      } else if (!value.is_null()) {
        Json taken = this->value(value, *known, schema, at);
        if (!taken.is_null()) result[key] = std::move(taken);
      }
    }
    return result;
  }

  [[nodiscard]] const std::string& wrong() const { return wrong_; }
  [[nodiscard]] const std::vector<std::string>& strict() const { return strict_; }

 private:
  // Null is for what is to be left out.
  Json value(const Json& json, const Field& field, const Schema& schema, const std::string& path) {
    const auto is_int = [&](std::int64_t low, std::int64_t high) {
      return json.is_number_integer() &&
             !(json.is_number_unsigned() &&
               json.get<std::uint64_t>() > static_cast<std::uint64_t>(high)) &&
             json.get<std::int64_t>() >= low && json.get<std::int64_t>() <= high;
    };
    switch (field.form) {
      case Form::String:
      case Form::PlainString:
        if (!json.is_string()) return refuse(json, schema, path, "string");
        return field.form == Form::PlainString && json.get_ref<const std::string&>().empty()
                   ? Json()
                   : json;
      case Form::Int32:
        if (!is_int(std::numeric_limits<std::int32_t>::min(),
                    std::numeric_limits<std::int32_t>::max()))
          return refuse(json, schema, path, "int32");
        return json;
      case Form::Int64:
        if (!is_int(std::numeric_limits<std::int64_t>::min(),
                    std::numeric_limits<std::int64_t>::max()))
          return refuse(json, schema, path, "int64");
        return json;
      case Form::Boolean:
        return json.is_boolean() ? json : refuse(json, schema, path, "bool");
      case Form::MicroTime:
      case Form::Time:
        return time(json, field.form == Form::MicroTime, schema, path);
      case Form::StringMap:
      case Form::BytesMap:
        return map(json, field.form == Form::BytesMap, schema, path);
      case Form::Strings:
      case Form::Objects:
        return list(json, field, schema, path);
      case Form::Object:
        if (!json.is_object()) return refuse(json, schema, path, std::string(field.inside->name));
        return object(json, *field.inside, path);
      case Form::Anything:
        return json.is_object() ? json : refuse(json, schema, path, "FieldsV1");
    }
    return {};
  }

  Json time(const Json& json, bool micro, const Schema& schema, const std::string& path) {
    if (!json.is_string()) return refuse(json, schema, path, "string");
    const auto& text = json.get_ref<const std::string&>();
    const auto time = micro ? parse_micro_time(text) : defenderd::parse_rfc3339(text);
    if (time) return micro ? format_micro_time(*time) : format_time(*time);
    wrong("parsing time " + quoted(text) + " as \"2006-01-02T15:04:05" + (micro ? ".000000" : "") +
          "Z07:00\": cannot parse it");
    return {};
  }

  Json map(const Json& json, bool bytes, const Schema& schema, const std::string& path) {
    if (!json.is_object())
      return refuse(json, schema, path, bytes ? "map[string][]uint8" : "map[string]string");
    Json result = Json::object();
    for (const auto& [key, item] : json.items()) {
      if (item.is_null()) {
        result[key] = "";  // as Go reads it
      } else if (!item.is_string()) {
        refuse(item, schema, path, bytes ? "[]uint8" : "string");
      } else if (bytes && !is_base64(item.get_ref<const std::string&>())) {
        wrong("illegal base64 data in " + quoted(path + "." + key));
      } else {
        result[key] = item;
      }
    }
    return result.empty() ? Json() : result;
  }

  Json list(const Json& json, const Field& field, const Schema& schema, const std::string& path) {
    const std::string inside = field.inside == nullptr ? "string" : std::string(field.inside->name);
    if (!json.is_array()) return refuse(json, schema, path, "[]" + inside);
    Json result = Json::array();
    for (const Json& item : json) {
      const std::string at = path + "[" + std::to_string(result.size()) + "]";
      if (field.inside == nullptr ? !item.is_string() : !item.is_object())
        return refuse(item, schema, path, inside);
      result.push_back(field.inside == nullptr ? item : object(item, *field.inside, at));
    }
    return result.empty() ? Json() : result;
  }

  Json refuse(const Json& json, const Schema& schema, const std::string& path,
              const std::string& wanted) {
    std::string found = json.is_boolean() ? "bool" : json.type_name();
    if (json.is_number() && wanted.starts_with("int")) found += " " + json.dump();
    wrong("json: cannot unmarshal " + found + " into Go struct field " + std::string(schema.name) +
          "." + path + " of type " + wanted);
    return {};
  }

  void wrong(std::string message) {
    if (wrong_.empty()) wrong_ = std::move(message);
  }

  std::string wrong_;
  std::vector<std::string> strict_;
};

// Parses, and finds keys that occur twice in an object.
Json parse(const std::string& body, std::vector<std::string>& twice) {
  std::vector<std::set<std::string>> open;
  return Json::parse(
      body,
      [&](int /*depth*/, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start) open.emplace_back();
        if (event == Json::parse_event_t::object_end) open.pop_back();
        if (event == Json::parse_event_t::key &&
            !open.back().insert(parsed.get<std::string>()).second)
          twice.push_back("duplicate field " + parsed.dump());
        return true;
      },
      false);
}

Result<Json> finish(const Resource& resource, const Json& json, bool strict,
                    std::vector<std::string> refused) {
  const std::string prefix = std::string(resource.kind) +
                             " in version \"v1\" cannot be handled as a " +
                             std::string(resource.kind) + ": ";
  Decoder decoder;
  Json object = decoder.object(json, *resource.schema, "");
  if (!decoder.wrong().empty()) return Unexpected(Error{prefix + decoder.wrong()});
  refused.insert(refused.end(), decoder.strict().begin(), decoder.strict().end());
  if (strict && !refused.empty()) {
    std::string message = prefix + "strict decoding error: ";
    for (std::size_t i = 0; i < refused.size(); ++i) message += (i == 0 ? "" : ", ") + refused[i];
    return Unexpected(Error{message});
  }
  const std::string version = object.value("apiVersion", resource.api_version());
  const std::string kind = object.value("kind", std::string(resource.kind));
  if (version != resource.api_version() || kind != resource.kind) {
    return Unexpected(Error{"the API version in the data (" + version + ", Kind=" + kind +
                            ") does not match the expected API version (" + resource.api_version() +
                            ", Kind=" + std::string(resource.kind) + ")"});
  }
  object["apiVersion"] = version;
  object["kind"] = kind;
  if (!object.contains("metadata")) object["metadata"] = Json::object();
  return object;
}

}  // namespace

const Schema& lease_schema() {
  static const Schema schema{"Lease",
                             {{"apiVersion", Form::PlainString},
                              {"kind", Form::PlainString},
                              {"metadata", Form::Object, &object_meta_schema()},
                              {"spec", Form::Object, &lease_spec_schema()}}};
  return schema;
}

const Schema& config_map_schema() {
  static const Schema schema{"ConfigMap",
                             {{"apiVersion", Form::PlainString},
                              {"binaryData", Form::BytesMap},
                              {"data", Form::StringMap},
                              {"immutable", Form::Boolean},
                              {"kind", Form::PlainString},
                              {"metadata", Form::Object, &object_meta_schema()}}};
  return schema;
}

Result<Json> decode(const Resource& resource, const std::string& body, bool strict) {
  std::vector<std::string> twice;
  const Json json = parse(body, twice);
  if (!json.is_object()) {
    return Unexpected(Error{"the object provided is unrecognized (must be of type " +
                            std::string(resource.kind) + "): it is no JSON object"});
  }
  return finish(resource, json, strict, std::move(twice));
}

Result<Json> decode(const Resource& resource, const Json& object, bool strict) {
  return finish(resource, object, strict, {});
}

}  // namespace kubesim
