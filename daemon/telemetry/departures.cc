#include "telemetry/departures.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace defenderd {
namespace {

constexpr std::size_t kFew = 3;
constexpr std::size_t kQuarter = 4;
// More edits than anybody reads: beyond this the oldest are forgotten.
constexpr std::size_t kMostEdits = 100;

// The file of "teams/b.yaml:30", or of "scope teams/b.yaml:30 (tags env=prod)".
std::string file_of(std::string_view source) {
  constexpr std::string_view kScope = "scope ";
  if (source.starts_with(kScope)) {
    source.remove_prefix(kScope.size());
    source = source.substr(0, source.find(" ("));
  }
  return std::string(source.substr(0, source.rfind(':')));
}

bool is_shown(const DepartedEdit& edit, WallTime now) {
  return !edit.away.empty() && now < edit.at + kDepartedShown;
}

std::unordered_set<SubscriptionId> ids_of(const std::vector<Declaration>& declared) {
  std::unordered_set<SubscriptionId> ids;
  ids.reserve(declared.size());
  for (const Declaration& declaration : declared) ids.insert(declaration->id);
  return ids;
}

}  // namespace

bool is_many_departures(std::size_t left, std::size_t declared) {
  return left > kFew || (left > 1 && left * kQuarter >= declared);
}

std::string text_of(const std::map<std::string, std::size_t>& files) {
  std::string text;
  for (const auto& [file, count] : files) {
    text += (text.empty() ? "" : ", ") + file + " (" + std::to_string(count) + ")";
  }
  return text;
}

Departures::News Departures::edited(const std::vector<Declaration>& before,
                                    const std::vector<Declaration>& after, WallTime now) {
  const auto declared = ids_of(after);
  News news;
  news.edit.at = now;
  news.edit.declared = before.size();
  for (const Declaration& declaration : before) {
    if (declared.contains(declaration->id)) continue;
    news.edit.away.emplace(declaration->id, declaration->name);
    ++news.edit.files[file_of(declaration->source)];
  }
  news.edit.left = news.edit.away.size();
  news.edit.many = is_many_departures(news.edit.left, news.edit.declared);

  const MutexLock lock(mutex_);
  for (DepartedEdit& edit : edits_) {
    news.returned +=
        std::erase_if(edit.away, [&](const auto& entry) { return declared.contains(entry.first); });
  }
  std::erase_if(edits_, [&](const DepartedEdit& edit) { return !is_shown(edit, now); });
  if (news.edit.left == 0) return news;
  if (edits_.size() == kMostEdits) edits_.erase(edits_.begin());
  edits_.push_back(news.edit);
  return news;
}

std::vector<DepartedEdit> Departures::shown(WallTime now) const {
  const MutexLock lock(mutex_);
  std::vector<DepartedEdit> result;
  std::copy_if(edits_.rbegin(), edits_.rend(), std::back_inserter(result),
               [&](const DepartedEdit& edit) { return is_shown(edit, now); });
  return result;
}

Departures::Count Departures::count(WallTime now) const {
  const MutexLock lock(mutex_);
  Count count;
  for (const DepartedEdit& edit : edits_) {
    if (is_shown(edit, now)) (edit.many ? count.many : count.few) += edit.away.size();
  }
  return count;
}

}  // namespace defenderd
