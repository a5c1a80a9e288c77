#pragma once
// Several sources of tokens; the first available one is used.

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "identity/token.h"

namespace defenderd {

// Thread-safe. Availability is checked at the first fetch. The first source that then returns a
// token is used from then on.
class CredentialChain final : public TokenSource {
 public:
  struct Link {
    std::string name;
    std::unique_ptr<TokenSource> source;
    // Returns why the source cannot be used here, as an Error; empty if it always can.
    std::function<Result<Done>(const std::stop_token&)> probe = {};
  };
  // Called with the choice, and why others were skipped. Called on a fetching thread.
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
