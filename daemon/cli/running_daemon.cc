#include "cli/running_daemon.h"

#include <fcntl.h>
#include <sys/file.h>

#include <array>
#include <cerrno>

#include "app/state.h"
#include "base/slow_call.h"
#include "base/unique_fd.h"
#include "cli/daemon_address.h"

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

}  // namespace defenderd
