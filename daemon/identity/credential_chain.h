#pragma once
// Several sources of tokens, of which the first that is available is used.

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "identity/token.h"

namespace defenderd {

// Thread-safe. Whether a source is available is asked at the first fetch; the first one that then
// gives a token is used from there on.
class CredentialChain final : public TokenSource {
 public:
  struct Link {
    std::string name;
    std::unique_ptr<TokenSource> source;
    // Why the source cannot be used here, as an Error; empty where it always can.
    std::function<Result<Done>(const std::stop_token&)> probe = {};
  };
  // Told of the choice, and why others were passed over. Called on a fetching thread.
  using Announcer = std::function<void(const std::string&)>;

  // `passed_over`: what was ruled out before, for the announcement; "" for nothing.
  CredentialChain(std::vector<Link> links, std::string passed_over, Announcer announce);
  ArmResult<AccessToken> fetch(const std::optional<TenantId>& tenant,
                               std::stop_token stop) override;

 private:
  ArmResult<std::size_t> choose(const std::stop_token& stop);

  const std::vector<Link> links_;
  const std::string passed_over_;
  const Announcer announce_;
  Mutex mutex_;
  std::optional<std::size_t> proven_ GUARDED_BY(mutex_);     // has given a token
  std::optional<std::size_t> announced_ GUARDED_BY(mutex_);  // the last one that was
};

}  // namespace defenderd
