#include "armsim/ai_account.h"

#include <algorithm>

#include "base/text.h"

namespace armsim {
namespace {

using defenderd::iequals;

template <class Item>
Item& found_or_added(std::vector<Item>& list, const std::string& name) {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const Item& item) { return iequals(item.name, name); });
  if (found != list.end()) return *found;
  list.emplace_back().name = name;
  return list.back();
}

}  // namespace

Deployment& AiAccount::deployment(const std::string& its_name) {
  return found_or_added(deployments, its_name);
}

RaiPolicy& AiAccount::policy(const std::string& its_name) {
  return found_or_added(policies, its_name);
}

const AiAccount* find_account(const std::vector<AiAccount>& accounts,
                              std::string_view resource_group, std::string_view name) {
  const auto found = std::find_if(accounts.begin(), accounts.end(), [&](const AiAccount& account) {
    return iequals(account.name, name) && iequals(account.resource_group, resource_group);
  });
  return found == accounts.end() ? nullptr : &*found;
}

std::optional<DeniedReads> parse_denied_reads(std::string_view text) {
  if (iequals(text, "none")) return DeniedReads();
  if (iequals(text, "all")) return DeniedReads(kAiTypes.begin(), kAiTypes.end());
  DeniedReads denied;
  while (true) {
    const std::size_t comma = text.find(',');
    const auto known = std::find_if(kAiTypes.begin(), kAiTypes.end(), [&](std::string_view type) {
      return iequals(type, defenderd::trim(text.substr(0, comma)));
    });
    if (known == kAiTypes.end()) return std::nullopt;
    denied.emplace(*known);
    if (comma == std::string_view::npos) return denied;
    text.remove_prefix(comma + 1);
  }
}

std::string to_text(const DeniedReads& denied) {
  if (denied.empty()) return "none";
  if (denied.size() == kAiTypes.size()) return "all";
  std::string text;
  for (const std::string& type : denied) text += (text.empty() ? "" : ",") + type;
  return text;
}

}  // namespace armsim
