#include "identity/credential_chain.h"

#include <utility>

namespace defenderd {

CredentialChain::CredentialChain(std::vector<Link> links, std::string passed_over,
                                 Announcer announce)
    : links_(std::move(links)),
      passed_over_(std::move(passed_over)),
      announce_(std::move(announce)) {}

ArmResult<AccessToken> CredentialChain::fetch(const std::optional<TenantId>& tenant,
                                              std::stop_token stop) {
  const auto chosen = choose(stop);
  if (!chosen) return Unexpected(chosen.error());
  auto token = links_[*chosen].source->fetch(tenant, std::move(stop));
  if (token) {
    const MutexLock lock(mutex_);
    if (!proven_) proven_ = *chosen;
  }
  return token;
}

ArmResult<std::size_t> CredentialChain::choose(const std::stop_token& stop) {
  const MutexLock lock(mutex_);
  if (proven_) return *proven_;
  std::string passed_over = passed_over_;
  for (std::size_t i = 0; i < links_.size(); ++i) {
    const Link& link = links_[i];
    const auto there = link.probe ? link.probe(stop) : Result<Done>(Done{});
    if (there) {
      if (announce_ && announced_ != i)
        announce_(link.name + (passed_over.empty() ? "" : "; skipped: " + passed_over));
      announced_ = i;
      return i;
    }
    if (!passed_over.empty()) passed_over += ", ";
    passed_over += link.name + " (" + there.error().message + ")";
  }
  return Unexpected(credential_failure("no credential is available: " + passed_over));
}

}  // namespace defenderd
