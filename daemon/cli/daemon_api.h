#pragma once
// GET of a running daemon's API, for a command that takes its evidence from there. What answers is
// foreign: its size, its time and its shape are bounded.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "cli/daemon_address.h"
#include "net/json_document.h"

namespace defenderd {

class DaemonApi {
 public:
  // For all requests together.
  static constexpr Duration kLongest = std::chrono::minutes(5);

  // Both outlive it.
  DaemonApi(const DaemonCaller& daemon, Clock& clock)
      : daemon_(daemon), clock_(clock), deadline_(clock.steady_now() + kLongest) {}

  // Takes the object of an answer, which it may refer to only until it returns.
  using Take = std::function<Result<Done>(const JsonValue&)>;

  // Errors are for people, with what to do.
  [[nodiscard]] Result<Done> get(const std::string& path, const Take& take);
  // false: 404, as for a subscription that is declared no longer.
  [[nodiscard]] Result<bool> find(const std::string& path, const Take& take);
  // Each of the `items` of a list that is paged by `offset`; `first` takes the object of the first
  // page. A row may repeat, or be missing, where the list changes meanwhile: gives its `total`.
  [[nodiscard]] Result<std::size_t> each(const std::string& path, const Take& first,
                                         const Take& row);

  [[nodiscard]] const Origin& origin() const { return daemon_.origin(); }
  // "http://HOST:PORT/PATH is not what defenderd answers: WHAT ..."
  [[nodiscard]] Error not_understood(std::string_view path, std::string_view what) const;

 private:
  [[nodiscard]] Result<HttpResponse> send(const std::string& path);
  [[nodiscard]] Result<Done> read(const std::string& path, const HttpResponse& answer,
                                  const Take& take) const;

  const DaemonCaller& daemon_;
  Clock& clock_;
  const SteadyTime deadline_;
};

}  // namespace defenderd
