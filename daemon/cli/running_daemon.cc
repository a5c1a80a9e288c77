#include "cli/running_daemon.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "app/state.h"
#include "base/slow_call.h"
#include "base/unique_fd.h"
#include "cli/daemon_address.h"
#include "cli/daemon_rows.h"
#include "net/json_document.h"

namespace defenderd {
namespace {

constexpr Duration kTimeout = std::chrono::seconds(10);

// Whether the file `lock`, which belongs to the one at `path`, is locked. If their file system does
// not answer, whoever writes to it says so.
bool is_locked(const std::string& lock, const std::string& path) {
  const auto locked = within(kFileDeadline, path, [lock] {
    const UniqueFd file(::open(lock.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    return Result<bool>(file.is_open() && flock(file.get(), LOCK_SH | LOCK_NB) != 0 &&
                        errno == EWOULDBLOCK);
  });
  return locked && *locked;
}

Result<Done> post(const DaemonAddress& daemon, const std::string& query) {
  constexpr const char* kPath = "/-/reconcile";
  const auto answer = call_daemon(
      daemon, {.origin = {}, .method = "POST", .target = kPath + query, .timeout = kTimeout});
  if (!answer) return Unexpected(answer.error());
  constexpr int kAccepted = 202;
  if (answer->status == kAccepted) return Done{};
  return Unexpected(Error{answer_text(daemon.origin, kPath, *answer)});
}

// GET of its API; false if it does not answer as expected.
template <class Take>
bool get(const DaemonCaller& daemon, const std::string& path, const Take& take) {
  constexpr JsonLimits kLimits{.bytes = std::size_t{1} << 20U, .values = 50'000};
  const auto answer = daemon.send({.origin = {},
                                   .target = path,
                                   .headers = {{"Accept", "application/json"}},
                                   .timeout = kTimeout,
                                   .max_answer = kLimits.bytes});
  constexpr int kOk = 200;
  if (!answer || answer->status != kOk) return false;
  const auto document = JsonDocument::parse(answer->body, kLimits);
  if (!document || !document->root().is_object()) return false;
  take(document->root());
  return true;
}

bool is_problem(const Outcome& outcome) {
  return outcome.failure || !outcome.observed || !outcome.changes.empty();
}

}  // namespace

std::optional<std::string> held_by_another(const Settings& settings) {
  if (is_regular_file(settings.journal_file) &&
      is_locked(settings.journal_file, settings.journal_file))
    return "the journal " + settings.journal_file;
  const std::string state = state_path(settings);
  if (!state.empty() && is_locked(state + ".lock", state)) return "the state file " + state;
  return std::nullopt;
}

Result<Done> request_reconcile(const DaemonAddress& daemon,
                               const std::vector<SubscriptionId>& subscriptions) {
  if (subscriptions.empty()) return post(daemon, "");
  for (const SubscriptionId id : subscriptions) {
    auto done = post(daemon, "?subscription=" + id.text());
    if (!done) return done;
  }
  return Done{};
}

std::optional<std::string> desired_hash_of(const DaemonAddress& daemon) {
  const auto caller = DaemonCaller::open(daemon, kTimeout);
  std::string hash;
  if (caller) {
    get(*caller, "/api/v1/status",
        [&](const JsonValue& status) { hash = status.member("config").text_of("desiredHash"); });
  }
  return hash.empty() ? std::nullopt : std::optional(std::move(hash));
}

std::map<SubscriptionId, Outcome> problems_of(const DaemonAddress& daemon,
                                              const std::vector<SubscriptionId>& subscriptions,
                                              WallTime since) {
  constexpr std::size_t kMost = 200;  // requests
  std::map<SubscriptionId, Outcome> problems;
  const auto caller = DaemonCaller::open(daemon, kTimeout);
  if (!caller) return problems;
  for (std::size_t i = 0; i < std::min(subscriptions.size(), kMost); ++i) {
    const SubscriptionId id = subscriptions[i];
    const auto take = [&](const JsonValue& row) {
      auto swept = swept_of(row);
      const auto attempt = time_in(row, "lastAttempt");
      if (swept && attempt && *attempt >= since && is_problem(swept->outcome))
        problems.emplace(id, std::move(swept->outcome));
    };
    if (!get(*caller, "/api/v1/subscriptions/" + id.text(), take)) break;
  }
  return problems;
}

}  // namespace defenderd
