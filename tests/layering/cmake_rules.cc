#include "layering/cmake_rules.h"

#include <algorithm>
#include <array>
#include <sstream>

#include "layering/source_text.h"

namespace layering {
namespace {

struct TargetRule {
  std::string_view target;
  std::vector<std::string_view> folders;  // that may link it
};
const std::vector<TargetRule>& target_rules() {
  static const std::vector<TargetRule> rules{
      {"PkgConfig::httplib", {"net", "server"}},
      {"date::date-tz", {"desired"}},
      {"yaml-cpp::yaml-cpp", {"desired"}},
      {"PkgConfig::prometheus_core", {"telemetry"}},
      {"CLI11::CLI11", {"cli"}},
      {"nlohmann_json::nlohmann_json", {"telemetry"}},
      {"simdjson::simdjson", {"net"}},
      {"spdlog::spdlog", {"telemetry"}},
      {"OpenSSL::SSL", {"net", "identity", "server"}},
      {"OpenSSL::Crypto", {"net", "identity", "arm", "server", "desired", "app"}},
      {"PkgConfig::libcrypt", {"server"}},
      {"ZLIB::ZLIB", {"server", "kube"}},
      {"Threads::Threads",
       {"base", "desired", "reconcile", "net", "identity", "arm", "kube", "telemetry", "server",
        "app", "cli"}},
  };
  return rules;
}

// Words of the file without comments, parentheses being white space.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (const std::string_view line : lines_of(text)) {
    std::string code(line.substr(0, line.find('#')));
    std::replace(code.begin(), code.end(), '(', ' ');
    std::replace(code.begin(), code.end(), ')', ' ');
    std::istringstream stream(code);
    for (std::string word; stream >> word;) words.push_back(word);
  }
  return words;
}

bool may_link(std::string_view folder, const std::string& word) {
  constexpr std::string_view kOwn = "defenderd_";
  if (word.starts_with(kOwn)) {
    const std::string_view other = std::string_view(word).substr(kOwn.size());
    return other == "library" || other == "flags" || may_use(folder, other);
  }
  if (word.find("::") == std::string::npos) return true;  // no target
  const auto rule = std::find_if(target_rules().begin(), target_rules().end(),
                                 [&](const TargetRule& r) { return r.target == word; });
  return rule != target_rules().end() &&
         std::find(rule->folders.begin(), rule->folders.end(), folder) != rule->folders.end();
}

}  // namespace

std::vector<Violation> check_cmake(std::string_view folder, std::string_view text,
                                   const std::vector<std::string>& headers) {
  const std::string path = "daemon/" + std::string(folder) + "/CMakeLists.txt";
  std::vector<Violation> violations;
  const std::vector<std::string> words = words_of(text);
  for (const std::string& word : words) {
    if (!may_link(folder, word)) {
      violations.push_back({path, 0, std::string(folder) + " may not link " + word});
    }
  }
  for (const std::string& header : headers) {
    if (std::find(words.begin(), words.end(), header) != words.end()) continue;
    violations.push_back({path, 0, header + " is not in HEADERS, so nothing compiles it alone"});
  }
  return violations;
}

}  // namespace layering
