#include "layering/source_rules.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <ostream>

#include "base/text.h"
#include "core/plan_catalog.h"
#include "layering/source_text.h"

namespace layering {
namespace {

struct FolderRule {
  std::string_view folder;
  std::vector<std::string_view> may_include;
};

// main -> cli -> app -> all below; server -> telemetry; arm -> identity -> net; what is left ->
// core -> base.
const std::vector<FolderRule>& folder_rules() {
  static const std::vector<FolderRule> rules{
      {"base", {}},
      {"core", {"base"}},
      {"desired", {"core", "base"}},
      {"reconcile", {"core", "base"}},
      {"net", {"base"}},
      {"identity", {"net", "core", "base"}},
      {"arm", {"identity", "net", "core", "base"}},
      {"telemetry", {"core", "base"}},
      {"kube", {"net", "core", "base"}},
      {"server", {"telemetry", "core", "base"}},
      {"app",
       {"server", "kube", "telemetry", "arm", "identity", "net", "reconcile", "desired", "core",
        "base"}},
      {"cli",
       {"app", "server", "kube", "telemetry", "arm", "identity", "net", "reconcile", "desired",
        "core", "base"}},
      {"main", {"cli", "app"}},
  };
  return rules;
}

// The files of another folder that a folder may use besides the arrows: the ports it implements.
struct Exception {
  std::string_view folder;
  std::string_view include;
};
constexpr std::array<Exception, 7> kExceptions{{{"arm", "reconcile/account_source.h"},
                                                {"arm", "reconcile/activity_log.h"},
                                                {"arm", "reconcile/bulk_store.h"},
                                                {"arm", "reconcile/plan_store.h"},
                                                {"arm", "reconcile/subscription_source.h"},
                                                {"kube", "reconcile/lease_store.h"},
                                                {"kube", "telemetry/state_store.h"}}};

struct Library {
  std::string_view prefix;                // of the name between the brackets
  std::vector<std::string_view> folders;  // empty: any folder but base and core
};
const std::vector<Library>& libraries() {
  static const std::vector<Library> list{{"httplib.h", {"net", "server"}},
                                         {"date/", {"desired"}},
                                         {"yaml-cpp/", {"desired"}},
                                         {"prometheus/", {"telemetry"}},
                                         {"CLI/", {"cli"}},
                                         {"nlohmann/", {"telemetry"}},
                                         {"simdjson.h", {"net"}},
                                         {"spdlog/", {}},
                                         {"fmt/", {}},
                                         {"openssl/", {}},
                                         {"crypt.h", {"server"}},
                                         {"zlib.h", {"server", "kube"}}};
  return list;
}

// The two that know cpp-httplib, whose classes change from release to release.
constexpr std::array<std::string_view, 2> kHttplibFiles{"daemon/net/httplib_client.cc",
                                                        "daemon/server/listener.cc"};

constexpr std::string_view kHeaderWithThirdParty = "daemon/telemetry/metrics.h";

// No thread, no file, no clock in the pure part.
constexpr std::array<std::string_view, 17> kNotInCore{
    "thread",     "mutex",      "shared_mutex", "condition_variable",
    "future",     "semaphore",  "latch",        "barrier",
    "atomic",     "stop_token", "fstream",      "iostream",
    "filesystem", "cstdio",     "ctime",        "csignal",
    "syncstream"};

// Files are read, and threads named, in one place each, below all that uses them.
constexpr std::array<std::string_view, 5> kPosixInBase{"fcntl.h", "pthread.h", "pwd.h",
                                                       "sys/stat.h", "unistd.h"};

struct WordRule {
  std::string_view word;
  Use use;
  std::vector<std::string_view> folders;  // that may use it
  std::string_view file;                  // that may also use it
  std::string_view why;
};
const std::vector<WordRule>& word_rules() {
  static const std::vector<std::string_view> process{"app", "cli", "main"};
  static const std::string_view process_why =
      "belongs to cli/, app/ and main.cc, which own the process and its environment";
  static const std::string_view clock = "daemon/base/clock.cc";
  static const std::string_view clock_why = "belongs to base/clock.cc: take a Clock";
  static const std::string_view pure_why = "asks for the time: core/ is given it";
  static const std::string_view regex_why =
      "takes a stack frame for each letter that it matches: compare by hand";
  static const std::vector<std::string_view> all_but_core{
      "base", "desired",   "reconcile", "net", "identity", "arm",
      "kube", "telemetry", "server",    "app", "cli",      "main"};
  static const std::string_view mutex = "daemon/base/mutex.h";
  static const std::string_view mutex_why =
      "is not checked by clang: use Mutex and MutexLock of base/mutex.h";
  static const std::vector<WordRule> rules{
      {"std::mutex", Use::Name, {}, mutex, mutex_why},
      {"shared_mutex", Use::Name, {}, mutex, mutex_why},
      {"recursive_mutex", Use::Name, {}, mutex, mutex_why},
      {"scoped_lock", Use::Name, {}, mutex, mutex_why},
      {"lock_guard", Use::Name, {}, mutex, mutex_why},
      {"unique_lock", Use::Name, {}, mutex, mutex_why},
      {"shared_lock", Use::Name, {}, mutex, mutex_why},
      {"getenv", Use::Name, process, "", process_why},
      {"secure_getenv", Use::Name, process, "", process_why},
      {"setenv", Use::Name, process, "", process_why},
      {"environ", Use::Name, process, "", process_why},
      {"exit", Use::Call, process, "", process_why},
      {"_exit", Use::Call, process, "", process_why},
      {"_Exit", Use::Call, process, "", process_why},
      {"quick_exit", Use::Call, process, "", process_why},
      {"abort", Use::Call, process, "", process_why},
      {"signal", Use::Call, process, "", process_why},
      {"sigaction", Use::Name, process, "", process_why},
      {"sigwait", Use::Name, process, "", process_why},
      {"pthread_sigmask", Use::Name, process, "daemon/base/slow_call.cc", process_why},
      {"system_clock::now", Use::Name, {}, clock, clock_why},
      {"steady_clock::now", Use::Name, {}, clock, clock_why},
      {"high_resolution_clock", Use::Name, {}, clock, clock_why},
      {"clock_gettime", Use::Name, {}, clock, clock_why},
      {"gettimeofday", Use::Name, {}, clock, clock_why},
      {"time", Use::Call, {}, clock, clock_why},
      {"sleep_for", Use::Name, {}, clock, clock_why},
      {"usleep", Use::Name, {}, clock, clock_why},
      {"regex", Use::Name, {}, "", regex_why},
      {"wall_now", Use::Member, all_but_core, "", pure_why},
      {"steady_now", Use::Member, all_but_core, "", pure_why},
      {"sleep_until", Use::Member, all_but_core, "", pure_why},
  };
  return rules;
}

bool contains(const std::vector<std::string_view>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

// The C++ standard's headers have neither folder nor suffix; those of C and POSIX end in .h.
bool is_standard(std::string_view include) {
  return include.find('/') == std::string_view::npos && include.find('.') == std::string_view::npos;
}

std::vector<std::string> plan_names() {
  std::vector<std::string> names;
  for (const defenderd::PlanEntry& entry : defenderd::plan_catalog::kPlans) {
    names.emplace_back(entry.arm);
    for (const defenderd::ExtensionWord& word : entry.extensions) names.emplace_back(word.arm);
  }
  return names;
}

bool is_of_a_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Whether the line has the name as a word of its own, in any case. A short name is also a word of
// plain English ("AI threat protection"), and so counts only in quotes, in a path, or before
// "plan".
bool spells(std::string_view line, const std::string& name) {
  constexpr std::size_t kShort = 3;
  constexpr std::string_view kMarks = "'\"`/";
  const std::string text = defenderd::to_lower(line);
  const std::string word = defenderd::to_lower(name);
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const char before = at == 0 ? ' ' : text[at - 1];
    const std::string_view rest = std::string_view(text).substr(at + word.size());
    if (is_of_a_word(before) || (!rest.empty() && is_of_a_word(rest[0]))) continue;
    if (word.size() > kShort || rest.starts_with(" plan")) return true;
    if (kMarks.find(before) == std::string_view::npos) continue;
    if (rest.empty() || rest[0] != ' ') return true;
  }
  return false;
}

class SourceCheck {
 public:
  explicit SourceCheck(std::string_view path) : path_(path), folder_(folder_of(path)) {}

  std::vector<Violation> run(std::string_view source) {
    const std::string code = code_of(source);
    if (path_.ends_with(".h") && code.find("#pragma once") == std::string::npos) {
      report(0, "has no #pragma once");
    }
    for (const Include& include : includes_of(code)) {
      if (include.quoted) {
        check_own(include);
      } else {
        check_foreign(include);
      }
    }
    int number = 0;
    for (const std::string_view line : lines_of(code)) check_words(line, ++number);
    return std::move(violations_);
  }

 private:
  void report(int line, std::string message) {
    violations_.push_back({std::string(path_), line, std::move(message)});
  }

  void check_own(const Include& include) {
    const std::size_t slash = include.name.find('/');
    const std::string_view other = std::string_view(include.name).substr(0, slash);
    if (slash == std::string::npos || other == "..") {
      report(include.line, "\"" + include.name + "\" is not named from daemon/");
      return;
    }
    const bool excepted = std::any_of(kExceptions.begin(), kExceptions.end(), [&](const auto& e) {
      return e.folder == folder_ && e.include == include.name;
    });
    if (!excepted && !may_use(folder_, other)) {
      report(include.line, std::string(folder_) + " may not include \"" + include.name + "\"");
    }
  }

  void check_foreign(const Include& include) {
    const std::string shown = "<" + include.name + ">";
    if (is_standard(include.name)) {
      if (folder_ == "core" &&
          std::find(kNotInCore.begin(), kNotInCore.end(), include.name) != kNotInCore.end()) {
        report(include.line, "core may not include " + shown + ": no thread, file or clock there");
      }
      return;
    }
    if (folder_ == "base" &&
        std::find(kPosixInBase.begin(), kPosixInBase.end(), include.name) != kPosixInBase.end()) {
      return;
    }
    if (folder_ == "base" || folder_ == "core") {
      report(include.line, std::string(folder_) + " may not include " + shown + ": only std");
      return;
    }
    const auto library =
        std::find_if(libraries().begin(), libraries().end(),
                     [&](const Library& l) { return include.name.starts_with(l.prefix); });
    if (library == libraries().end()) {
      if (include.name.ends_with(".hpp")) report(include.line, shown + " is of no known library");
      return;  // of the operating system
    }
    if (!library->folders.empty() && !contains(library->folders, folder_)) {
      report(include.line, std::string(folder_) + " may not include " + shown);
    } else if (path_.ends_with(".h") && path_ != kHeaderWithThirdParty) {
      report(include.line, "a header may not include " + shown + ": hide it in the source");
    } else if (include.name == "httplib.h" && std::find(kHttplibFiles.begin(), kHttplibFiles.end(),
                                                        path_) == kHttplibFiles.end()) {
      report(include.line, shown + " is for " + std::string(kHttplibFiles[0]) + " and " +
                               std::string(kHttplibFiles[1]) + " alone");
    }
  }

  void check_words(std::string_view line, int number) {
    for (const WordRule& rule : word_rules()) {
      if (contains(rule.folders, folder_) || path_ == rule.file) continue;
      if (uses_word(line, rule.word, rule.use)) {
        report(number, std::string(rule.word) + " " + std::string(rule.why));
      }
    }
  }

  std::string_view path_;
  std::string_view folder_;
  std::vector<Violation> violations_;
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const Violation& violation) {
  out << violation.path;
  if (violation.line > 0) out << ":" << violation.line;
  return out << ": " << violation.message;
}

std::string_view folder_of(std::string_view path) {
  constexpr std::string_view kDaemon = "daemon/";
  if (!path.starts_with(kDaemon)) return {};
  path.remove_prefix(kDaemon.size());
  const std::size_t slash = path.find('/');
  return slash == std::string_view::npos ? "main" : path.substr(0, slash);
}

bool may_use(std::string_view folder, std::string_view other) {
  if (folder == other) return true;
  const auto rule = std::find_if(folder_rules().begin(), folder_rules().end(),
                                 [&](const FolderRule& r) { return r.folder == folder; });
  return rule != folder_rules().end() && contains(rule->may_include, other);
}

std::vector<Violation> check_source(std::string_view path, std::string_view source) {
  return SourceCheck(path).run(source);
}

std::vector<Violation> check_length(std::string_view path, std::string_view text) {
  const std::size_t lines = lines_of(text).size();
  if (lines <= kMaxLines) return {};
  return {{std::string(path), 0,
           "has " + std::to_string(lines) + " lines, more than " + std::to_string(kMaxLines)}};
}

std::vector<Violation> check_plan_names(std::string_view path, std::string_view text) {
  std::vector<Violation> violations;
  if (path == "daemon/core/plan_catalog.h") return violations;
  int number = 0;
  for (const std::string_view line : lines_of(text)) {
    ++number;
    for (const std::string& name : plan_names()) {
      if (!spells(line, name)) continue;
      violations.push_back({std::string(path), number, name + " belongs to core/plan_catalog.h"});
    }
  }
  return violations;
}

}  // namespace layering
