#include "desired/web_config.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/letters.h"
#include "base/read_file.h"
#include "base/scrub.h"
#include "base/text.h"
#include "desired/limits.h"
#include "desired/map_reader.h"
#include "desired/read_value.h"

namespace defenderd {
namespace {

constexpr std::array<std::string_view, 2> kTop{"tls_server_config", "basic_auth_users"};
constexpr std::array<std::string_view, 7> kTls{
    "cert_file",           "key_file",    "client_ca_file", "client_auth_type",
    "client_allowed_sans", "min_version", "max_version"};
constexpr std::array<std::string_view, 3> kClientAuth{"NoClientCert", "VerifyClientCertIfGiven",
                                                      "RequireAndVerifyClientCert"};
constexpr std::array<std::string_view, 2> kVersions{"TLS12", "TLS13"};

constexpr std::size_t kMaxUsers = 100;
constexpr std::size_t kMaxSans = 100;

// What the format has besides, with what to do instead.
struct Unsupported {
  std::string_view key;
  std::string_view instead;
};
constexpr std::array<Unsupported, 9> kUnsupported{{
    {"cert", "use cert_file"},
    {"key", "use key_file, so that this file holds no private key"},
    {"client_ca", "use client_ca_file"},
    {"cipher_suites", "defenderd offers forward-secret AEAD suites only"},
    {"prefer_server_cipher_suites", "defenderd offers forward-secret AEAD suites only"},
    {"curve_preferences", "the curves are OpenSSL's defaults"},
    {"http_server_config", "the server speaks HTTP/1.1, and its headers are fixed"},
    {"rate_limit", "the server itself limits connections and requests in progress"},
    {"tls_config", "the key for a server is tls_server_config"},
}};

std::string advice(std::string_view key) {
  for (const Unsupported& known : kUnsupported) {
    if (known.key == key) return "not supported, delete it: " + std::string(known.instead);
  }
  for (const std::string_view top : kTop) {
    if (top == key) return "unknown key here: it belongs at the top level of the file";
  }
  if (std::find(kTls.begin(), kTls.end(), key) != kTls.end())
    return "unknown key here: it belongs to tls_server_config";
  return {};
}

std::optional<TlsVersion> read_version(const Value& value) {
  const bool old =
      value.node().kind == YamlKind::Scalar && (value.text() == "TLS10" || value.text() == "TLS11");
  if (old) {
    value.problem(std::string(value.text()) + " is not supported: expected TLS12 or TLS13");
    return std::nullopt;
  }
  const auto word = read_word(value, kVersions);
  if (!word) return std::nullopt;
  return *word == 0 ? TlsVersion::Tls12 : TlsVersion::Tls13;
}

std::optional<ClientAuth> read_client_auth(const Value& value) {
  if (value.node().kind == YamlKind::Scalar &&
      (value.text() == "RequestClientCert" || value.text() == "RequireAnyClientCert")) {
    value.problem(std::string(value.text()) +
                  " is not supported, because it verifies no certificate: expected " +
                  any_of_text(kClientAuth));
    return std::nullopt;
  }
  const auto word = read_word(value, kClientAuth);
  if (!word) return std::nullopt;
  constexpr std::array kValues{ClientAuth::NotAsked, ClientAuth::Optional, ClientAuth::Required};
  return kValues.at(*word);
}

std::optional<bool> is_no_client_cert(const Value& value) {
  return value.node().kind == YamlKind::Scalar && value.text() == kClientAuth.front();
}

std::optional<std::vector<std::string>> read_sans(const Value& list) {
  if (list.node().kind != YamlKind::Sequence) {
    list.expected("a list of names that a client's certificate may have");
    return std::nullopt;
  }
  if (list.node().count > kMaxSans) {
    list.problem("more than " + std::to_string(kMaxSans) + " names");
    return std::nullopt;
  }
  std::vector<std::string> names;
  each_item(list, [&](const Value& item) {
    if (auto name = read_text(item, limits::kPerson)) names.push_back(*std::move(name));
  });
  return names;
}

// Relative to the folder of the web configuration.
std::string beside(const std::string& file, std::string path) {
  const std::size_t folder = file.find_last_of('/');
  if (path.starts_with('/') || folder == std::string::npos) return path;
  return file.substr(0, folder + 1) + path;
}

std::optional<WebConfig::Tls> read_tls(const Value& value, const std::string& file) {
  const MapReader map(value, kTls, advice);
  if (!map.is_map()) return std::nullopt;
  WebConfig::Tls tls;
  map.into(tls.cert_file, "cert_file", read_path);
  map.into(tls.key_file, "key_file", read_path);
  map.into(tls.client_ca_file, "client_ca_file", read_path);
  map.into(tls.rules.client, "client_auth_type", read_client_auth);
  map.into(tls.rules.allowed_sans, "client_allowed_sans", read_sans);
  map.into(tls.rules.min, "min_version", read_version);
  map.into(tls.rules.max, "max_version", read_version);
  if (!map.has("cert_file")) map.missing("cert_file", "the server's certificate, a PEM file");
  if (!map.has("key_file")) map.missing("key_file", "the key of the certificate, a PEM file");
  if (tls.rules.min > tls.rules.max) map.problem("max_version", "lower than min_version");
  const bool verifies = tls.rules.client != ClientAuth::NotAsked;
  if (verifies && !map.has("client_ca_file")) {
    map.missing("client_ca_file",
                "the certificates that sign those of clients, because of client_auth_type");
  }
  // A wrong client_auth_type has been reported already.
  const bool asks_nobody =
      !map.has("client_auth_type") || map.get("client_auth_type", is_no_client_cert) == true;
  for (const std::string_view key : {"client_ca_file", "client_allowed_sans"}) {
    if (!map.has(key) || !asks_nobody) continue;
    map.problem(key,
                "no client is asked for a certificate: set client_auth_type to "
                "RequireAndVerifyClientCert, or delete this");
  }
  for (std::string* const path : {&tls.cert_file, &tls.key_file, &tls.client_ca_file}) {
    if (!path->empty()) *path = beside(file, std::move(*path));
  }
  return tls;
}

// Why this is not a hash that is accepted, or "".
std::string hash_problem(std::string_view hash) {
  constexpr std::size_t kPrefix = 7;  // "$2b$10$"
  constexpr std::size_t kLength = 60;
  constexpr int kLowest = 4;
  constexpr int kHighest = 14;
  constexpr std::string_view kLetters =
      "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const bool shaped = hash.size() == kLength && hash.starts_with("$2") &&
                      (hash[2] == 'a' || hash[2] == 'b' || hash[2] == 'y') && hash[3] == '$' &&
                      is_digit(hash[4]) && is_digit(hash[5]) && hash[6] == '$' &&
                      hash.substr(kPrefix).find_first_not_of(kLetters) == std::string_view::npos;
  if (!shaped) return "expected a bcrypt hash, as `htpasswd -nBC 10 NAME` prints after the colon";
  const int cost = (hash[4] - '0') * 10 + (hash[5] - '0');
  if (cost >= kLowest && cost <= kHighest) return {};
  return "the cost of this bcrypt hash is " + std::to_string(cost) + ": expected " +
         std::to_string(kLowest) + " to " + std::to_string(kHighest) +
         ", because each login takes time that doubles with it";
}

std::optional<std::vector<WebUser>> read_users(const Value& map) {
  if (map.node().kind != YamlKind::Map || map.node().count == 0) {
    map.expected_unseen("a map of user names to bcrypt hashes");
    return std::nullopt;
  }
  if (map.node().count / 2 > kMaxUsers) {
    map.problem("more than " + std::to_string(kMaxUsers) + " users");
    return std::nullopt;
  }
  std::vector<WebUser> users;
  map.tree.each_entry(map.index, [&](YamlTree::Index key, YamlTree::Index entry) {
    const Value name{map.tree, map.report, map.path, key};  // a name is not repeated either
    const auto text = read_text(name, limits::kPerson);
    if (!text || refuse_merge(name)) return;
    if (text->find(':') != std::string::npos) {
      name.problem("a user name cannot contain a colon");
      return;
    }
    const auto same = [&](const WebUser& user) { return user.name == *text; };
    if (std::any_of(users.begin(), users.end(), same)) {
      name.problem("duplicate user, keep one of them");
      return;
    }
    const Value value{map.tree, map.report, map.path, entry};
    // A hash is not repeated, and a password in its place even less.
    const bool is_text = value.node().kind == YamlKind::Scalar;
    const std::string problem = hash_problem(is_text ? value.text() : std::string_view());
    if (!problem.empty()) {
      value.problem(problem);
      return;
    }
    users.push_back({*text, Secret(std::string(value.text()))});
  });
  return users;
}

}  // namespace

Result<WebConfig, std::vector<Problem>> read_web_config(std::string_view text,
                                                        const std::string& file) {
  WebConfig config;
  Report report(file, text);
  const auto tree = parse_yaml(text);
  if (trim(text).empty()) {
    report.add({1, 1}, "", "the file is empty: expected " + any_of_text(kTop));
  } else if (!tree) {
    report.add(tree.error().place, "", tree.error().message);
  } else {
    const Path top{.hidden = true};  // a file of credentials
    const Value document{*tree, report, top, tree->root()};
    const MapReader map(document, kTop, advice);
    config.tls = map.get("tls_server_config", read_tls, file);
    map.into(config.users, "basic_auth_users", read_users);
  }
  if (report.empty()) return config;
  std::vector<Problem> problems;
  report.append_to(problems);
  return Unexpected(std::move(problems));
}

WebConfigFile read_web_config_file(const std::string& path) {
  constexpr std::size_t kMaxFile = std::size_t{1} << 20U;
  auto text = read_file(path, kMaxFile);
  if (!text) {
    const Error error{"cannot read " + shown_path(path) + ": " + text.error().message};
    return {Unexpected(error), Unexpected(error)};
  }
  auto config = read_web_config(*text, path);
  if (config) return {std::move(text), *std::move(config)};
  return {std::move(text), Unexpected(as_error(config.error()))};
}

}  // namespace defenderd
