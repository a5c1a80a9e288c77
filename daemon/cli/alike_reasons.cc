#include "cli/alike_reasons.h"

#include <algorithm>

#include "base/letters.h"
#include "base/list_text.h"
#include "base/scrub.h"
#include "base/text.h"
#include "cli/table_cell.h"

namespace defenderd {
namespace {

constexpr std::size_t kExamples = 3;
constexpr std::size_t kLongestName = 40;
constexpr std::size_t kLongestWhy = 2048;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Letters, digits and signs of ids, times and addresses.
bool may_be_of_a_number(char c) { return is_alphanumeric(c) || c == '-' || c == ':' || c == '.'; }

// Without words of eight letters or more that hold a digit.
std::string without_numbers(std::string_view message) {
  constexpr std::size_t kLong = 8;
  std::string text;
  for (std::size_t at = 0; at < message.size();) {
    std::size_t end = at;
    while (end < message.size() && may_be_of_a_number(message[end])) ++end;
    const std::string_view word = message.substr(at, end - at);
    if (word.size() >= kLong && std::any_of(word.begin(), word.end(), is_digit)) {
      text += '#';
    } else {
      text += word;
    }
    if (end < message.size()) text += message[end++];
    at = end;
  }
  return text;
}

std::string without_id(std::string message, const std::string& id) {
  constexpr std::string_view kAnyId = "SUBSCRIPTION_ID";
  for (std::size_t at = message.find(id); at != std::string::npos; at = message.find(id, at))
    message.replace(at, id.size(), kAnyId);
  return message;
}

}  // namespace

std::string name_of(const DesiredSubscription& subscription) {
  return subscription.name.empty() ? subscription.id.text()
                                   : printable(subscription.name, kLongestName);
}

void AlikeReasons::add(const DesiredSubscription& subscription, Reason reason,
                       const std::string& message) {
  const std::string general = without_id(message, subscription.id.text());
  const auto [known, is_new] =
      by_message_.try_emplace({reason, without_numbers(general)}, groups_.size());
  if (is_new) {
    groups_.push_back({reason,
                       outgoing_text(message, kLongestWhy),
                       outgoing_text(general, kLongestWhy),
                       {},
                       0,
                       {}});
  }
  Group& group = groups_[known->second];
  if (!is_new && group.last == subscription.id) return;  // another field of the same
  group.last = subscription.id;
  if (++group.count <= kExamples) group.examples.push_back(name_of(subscription));
}

std::string AlikeReasons::line(const Group& group, const std::string& names,
                               const Layout& layout) const {
  constexpr std::size_t kIndent = 4;
  const std::string reason(to_text(group.reason));
  const std::string head = title_.empty() ? reason : title_ + " (" + reason + ")";
  const std::string text = wrap(head + ": " + (names.empty() ? "" : names + ": ") +
                                    (group.count == 1 ? group.message : group.general),
                                layout.width, kIndent);
  return paint(head, kBold, layout.colors) + text.substr(head.size()) + "\n";
}

std::string AlikeReasons::with_examples(const Layout& layout) const {
  std::vector<const Group*> sorted;
  for (const Group& group : groups_) sorted.push_back(&group);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Group* a, const Group* b) { return a->count > b->count; });
  std::string text;
  for (const Group* const group : sorted) {
    std::string names = joined(group->examples);
    if (group->count > kExamples) {
      names.insert(0, std::to_string(group->count) + " subscriptions (");
      names += ", ...)";
    }
    text += line(*group, names, layout);
  }
  return text;
}

std::string AlikeReasons::without_examples(const Layout& layout) const {
  std::string text;
  for (const Group& group : groups_) text += line(group, "", layout);
  return text;
}

}  // namespace defenderd
