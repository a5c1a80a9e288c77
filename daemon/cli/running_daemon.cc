#include "cli/running_daemon.h"

#include <fcntl.h>
#include <sys/file.h>

#include <array>
#include <cerrno>
#include <stop_token>

#include "app/build_info.h"
#include "app/state.h"
#include "base/scrub.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "net/https_transport.h"

namespace defenderd {
namespace {

constexpr Duration kTimeout = std::chrono::seconds(10);

bool is_locked(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  return file.is_open() && flock(file.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

Result<Done> post(Transport& transport, const Origin& daemon, const std::string& target) {
  HttpRequest request{.origin = daemon, .method = "POST", .target = target, .timeout = kTimeout};
  request.headers = {{"User-Agent", build_user_agent()}};
  const auto answer = transport.send(request, std::stop_token());
  if (!answer) return Unexpected(Error{answer.error().message});
  constexpr int kAccepted = 202;
  if (answer->status == kAccepted) return Done{};
  return Unexpected(Error{daemon.text() + "/-/reconcile answered " +
                          std::to_string(answer->status) + ": " +
                          foreign_text(trim(answer->body))});
}

}  // namespace

std::optional<std::string> held_by_another(const Settings& settings) {
  if (is_regular_file(settings.journal_file) && is_locked(settings.journal_file))
    return "the journal " + settings.journal_file;
  const std::string state = state_path(settings);
  if (!state.empty() && is_locked(state + ".lock")) return "the state file " + state;
  return std::nullopt;
}

Result<Done> request_reconcile(const Origin& daemon,
                               const std::vector<SubscriptionId>& subscriptions) {
  const auto transport = HttpsTransport::create_plain(kTimeout);
  if (subscriptions.empty()) return post(*transport, daemon, "/-/reconcile");
  for (const SubscriptionId id : subscriptions) {
    auto done = post(*transport, daemon, "/-/reconcile?subscription=" + id.text());
    if (!done) return done;
  }
  return Done{};
}

}  // namespace defenderd
