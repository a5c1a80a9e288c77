#include "kube/config_map_store.h"

#include <functional>
#include <utility>

#include "base/json_writer.h"
#include "kube/compressed_text.h"
#include "kube/object_json.h"
#include "net/json_document.h"

namespace defenderd {
namespace {

constexpr std::string_view kKey = "state.json.gz";
constexpr std::string_view kWriter = "defenderd.io/written-by";
constexpr std::size_t kMost = 900UL * 1024;  // of the compressed text
// Of the whole object; JsonDocument is bounded, too.
constexpr JsonLimits kLimits{4UL << 20U};

// An answer of another kind must not pass for a state that is empty.
Result<JsonDocument> parse_config_map(std::string_view object, std::string_view name,
                                      std::string_view name_space) {
  auto document = JsonDocument::parse(object, kLimits);
  if (!document) return document;
  if (auto right = check_object(document->root(), "ConfigMap", name, name_space); !right)
    return Unexpected(right.error());
  return document;
}

// `object` with this text in it, or a new ConfigMap if it is empty.
std::string format_config_map(std::string_view object, const std::string& name,
                              const std::string& name_space, const std::string& writer,
                              const std::string& packed) {
  const auto document = JsonDocument::parse(object.empty() ? "{}" : object, kLimits);
  if (!document) return {};
  JsonWriter json;
  begin_kube_object(json, {"v1", "ConfigMap", name, name_space, kWriter, writer},
                    object.empty() ? JsonValue() : document->root());
  json.key("binaryData");
  json.begin_object();
  json.member(kKey, packed);
  json.end_object();
  json.end_object();
  return json.take();
}

// A version is opaque, and only compared.
Result<std::string> version_of(std::string_view object, std::string_view name,
                               std::string_view name_space) {
  const auto document = parse_config_map(object, name, name_space);
  if (!document) return Unexpected(document.error());
  return std::string(document->root().member("metadata").text_of("resourceVersion"));
}

std::string_view writer_of(const JsonDocument& document) {
  return document.root().member("metadata").member("annotations").text_of(kWriter);
}

}  // namespace

ConfigMapStore::ConfigMapStore(KubeClient& kube, const Clock& clock, Options options)
    : kube_(kube),
      clock_(clock),
      options_(std::move(options)),
      target_{"configmaps", options_.name,
              "/api/v1/namespaces/" + kube.name_space() + "/configmaps"} {}

Result<Done> ConfigMapStore::read_ahead() {
  auto read = load();
  if (!read) return Unexpected(read.error());
  ahead_ = *std::move(read);
  return Done{};
}

Result<std::optional<std::string>> ConfigMapStore::load() {
  if (ahead_) return *std::exchange(ahead_, std::nullopt);
  auto body = kube_.read(target_, {});
  if (!body) return Unexpected(Error{body.error().message});
  if (!*body) {
    seen_.clear();
    return std::optional<std::string>();
  }
  const auto document = parse_config_map(**body, target_.name, kube_.name_space());
  if (!document) {
    return Unexpected(Error{"the answer about the ConfigMap " + target_.name +
                            " cannot be used: " + document.error().message});
  }
  seen_ = **body;
  const JsonValue packed = document->root().member("binaryData").member(kKey);
  if (packed.is_none()) return std::optional<std::string>();  // created empty, as by a manifest
  auto text = expanded_text(packed.text().value_or(""), kMaxStateBytes);
  if (!text) text = std::string(packed.text().value_or("damaged"));
  return text;
}

// The document is compressed once for both.
const std::string& ConfigMapStore::packed(std::string_view document) const {
  const std::size_t hash = std::hash<std::string_view>()(document);
  if (packed_.empty() || hash != packed_hash_) {
    packed_ = compressed_text(document);
    packed_hash_ = hash;
  }
  return packed_;
}

bool ConfigMapStore::fits(std::string_view document) const {
  return document.size() <= kMaxStateBytes && packed(document).size() <= kMost;
}

Result<Done> ConfigMapStore::save(std::string_view document) {
  if (!options_.may_save()) {
    return Unexpected(Error{"the state is not saved while this replica may not write"});
  }
  const std::string text = packed(document);
  const bool is_small = !text.empty() && fits(document);
  packed_.clear();
  if (!is_small)
    return Unexpected(Error{"the state does not fit into the ConfigMap " + target_.name});
  return write(text);
}

bool ConfigMapStore::may_write_again() {
  auto body = kube_.read(target_, {});
  if (!body) return false;
  if (!*body) {
    seen_.clear();
    return true;
  }
  const auto document = parse_config_map(**body, target_.name, kube_.name_space());
  if (!document) return false;
  const std::string_view writer = writer_of(*document);
  const bool is_others = !writer.empty() && writer != options_.identity;
  if (is_others && !options_.holds_lease()) return false;
  seen_ = **body;
  return true;
}

Result<Done> ConfigMapStore::write(const std::string& packed) {
  for (bool again = false;; again = true) {
    const std::string object =
        format_config_map(seen_, target_.name, kube_.name_space(), options_.identity, packed);
    auto written = seen_.empty() ? kube_.create_object(target_, object, {})
                                 : kube_.replace(target_, object, {});
    if (written) {
      // What is known stays: if it was written after all, the next save meets a conflict.
      const auto document = parse_config_map(*written, target_.name, kube_.name_space());
      if (!document) {
        return Unexpected(Error{"the state cannot be saved in the ConfigMap " + target_.name +
                                ": the answer cannot be used: " + document.error().message});
      }
      seen_ = *std::move(written);
      return Done{};
    }
    const Failure& failure = written.error();
    const bool is_other = failure.http_status == 404 || failure.http_status == 409;
    if (again || !is_other || !may_write_again()) {
      return Unexpected(Error{"the state cannot be saved in the ConfigMap " + target_.name + ": " +
                              failure.message});
    }
  }
}

bool ConfigMapStore::was_replaced() {
  if (seen_.empty()) return false;
  auto body = kube_.read(target_, {});
  if (!body) return false;
  if (!*body) {
    seen_.clear();
    return true;
  }
  const auto seen = version_of(seen_, target_.name, kube_.name_space());
  const auto now = version_of(**body, target_.name, kube_.name_space());
  if (!seen || !now || *seen == *now) return false;
  return may_write_again();
}

Result<std::string> ConfigMapStore::set_aside() {
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(clock_.wall_now().time_since_epoch());
  KubeTarget aside = target_;
  aside.name += "-damaged-" + std::to_string(now.count());
  std::string packed;
  {
    const auto document = JsonDocument::parse(seen_, kLimits);
    if (!document) return Unexpected(Error{"it cannot be kept: it is not JSON"});
    packed = document->root().member("binaryData").text_of(kKey);
  }
  const std::string copy =
      format_config_map("", aside.name, kube_.name_space(), options_.identity, packed);
  auto kept = kube_.create_object(aside, copy, {});
  if (!kept) return Unexpected(Error{"it cannot be kept: " + kept.error().message});
  return "the ConfigMap " + aside.name;
}

}  // namespace defenderd
