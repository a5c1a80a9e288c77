#include "armsim/subscription.h"

#include <algorithm>
#include <stdexcept>

#include "base/text.h"

namespace armsim {
namespace {

template <class List>
auto& account_in(List& accounts, const std::string& name) {
  const auto found = std::find_if(accounts.begin(), accounts.end(), [&](const AiAccount& account) {
    return defenderd::iequals(account.name, name);
  });
  if (found == accounts.end()) throw std::out_of_range("there is no AI account " + name);
  return *found;
}

}  // namespace

const Extension* Plan::find(const std::string& name) const {
  const auto found = std::find_if(
      extensions.begin(), extensions.end(),
      [&](const Extension& extension) { return defenderd::iequals(extension.name, name); });
  return found == extensions.end() ? nullptr : &*found;
}

void Plan::set(const std::string& name, bool enabled) {
  for (Extension& extension : extensions) {
    if (!defenderd::iequals(extension.name, name)) continue;
    extension.enabled = enabled;
    extension.shown.clear();
    return;
  }
  extensions.push_back({name, enabled, "", ""});
}

bool Plan::has_on(const std::string& name) const {
  const Extension* const extension = find(name);
  return on && extension != nullptr && extension->enabled;
}

AiAccount& Subscription::account(const std::string& its_name) {
  return account_in(ai_accounts, its_name);
}

const AiAccount& Subscription::account(const std::string& its_name) const {
  return account_in(ai_accounts, its_name);
}

bool Subscription::is_in(const std::string& token_tenant) const {
  return tenant == token_tenant ||
         std::find(managed_by.begin(), managed_by.end(), token_tenant) != managed_by.end();
}

}  // namespace armsim
