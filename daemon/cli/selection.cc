#include "cli/selection.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/fold_case.h"
#include "base/scrub.h"
#include "base/text.h"

namespace defenderd {
namespace {

using Ids = std::set<SubscriptionId>;

bool is_like_folded(std::string_view text, std::string_view pattern) {
  std::size_t at = 0;
  std::size_t of = 0;
  std::size_t star = std::string_view::npos;  // the last one, and what it covers so far
  std::size_t covered = 0;
  while (at < text.size()) {
    if (of < pattern.size() && pattern[of] == '*') {
      star = of++;
      covered = at;
    } else if (of < pattern.size() && (pattern[of] == '?' || pattern[of] == text[at])) {
      ++of;
      ++at;
    } else if (star != std::string_view::npos) {
      of = star + 1;
      at = ++covered;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', of) == std::string_view::npos;
}

using TextOf = std::function<std::string_view(const DesiredSubscription&)>;

std::string no_match(std::string_view option, const std::string& wanted, const TextOf& text_of,
                     const DesiredState& desired) {
  std::set<std::string_view> words;
  for (const DesiredSubscription& subscription : desired.subscriptions) {
    if (const std::string_view text = text_of(subscription); !text.empty()) words.insert(text);
  }
  const std::vector<std::string_view> candidates(words.begin(), words.end());
  const std::string_view near = nearest(wanted, candidates);
  std::string message = std::string(option) + " " + quoted_value(wanted) +
                        " matches no subscription of the desired state";
  if (!near.empty()) message += "; did you mean " + quoted_value(near) + "?";
  return message;
}

Result<Ids> matching(std::string_view option, const std::vector<std::string>& patterns,
                     const TextOf& text_of, const DesiredState& desired, bool by_id) {
  Ids all;
  for (const std::string& pattern : patterns) {
    const std::string folded = fold_case(pattern);
    bool has_matched = false;
    for (const DesiredSubscription& subscription : desired.subscriptions) {
      const bool matches = is_like_folded(fold_case(text_of(subscription)), folded) ||
                           (by_id && is_like_folded(subscription.id.text(), folded));
      if (!matches) continue;
      has_matched = true;
      all.insert(subscription.id);
    }
    if (!has_matched) return Unexpected(Error{no_match(option, pattern, text_of, desired)});
  }
  return all;
}

}  // namespace

bool is_like(std::string_view text, std::string_view pattern) {
  return is_like_folded(fold_case(text), fold_case(pattern));
}

Result<std::optional<Ids>> select(const Selection& selection, const DesiredState& desired) {
  if (selection.empty()) return std::optional<Ids>();
  const TextOf name = [](const DesiredSubscription& each) { return std::string_view(each.name); };
  const TextOf owner = [](const DesiredSubscription& each) { return std::string_view(each.owner); };
  auto named = matching("--only", selection.only, name, desired, true);
  if (!named) return Unexpected(named.error());
  auto owned = matching("--owner", selection.owners, owner, desired, false);
  if (!owned) return Unexpected(owned.error());
  if (selection.owners.empty()) return std::optional(*std::move(named));
  if (selection.only.empty()) return std::optional(*std::move(owned));
  Ids both;
  std::set_intersection(named->begin(), named->end(), owned->begin(), owned->end(),
                        std::inserter(both, both.end()));
  if (both.empty()) {
    return Unexpected(Error{"no subscription matches both --only and --owner; both must match"});
  }
  return std::optional(std::move(both));
}

}  // namespace defenderd
