#include "telemetry/departures.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "core/scope.h"

namespace defenderd {
namespace {

constexpr std::size_t kFew = 3;
constexpr std::size_t kQuarter = 4;
constexpr auto kTogether = std::chrono::hours(1);
// More edits than anybody reads: beyond this the oldest are forgotten.
constexpr std::size_t kMostEdits = 100;

// "teams/b.yaml" of "teams/b.yaml:30" and of "scope teams/b.yaml:30 (tags env=prod)", and
// "scope risk in teams/b.yaml" of "scope risk teams/b.yaml:30 (tags env=prod)".
std::string file_of(std::string_view source) {
  constexpr std::string_view kScope = "scope ";
  if (!source.starts_with(kScope)) return std::string(source.substr(0, source.rfind(':')));
  std::string_view place = source.substr(kScope.size());
  place = place.substr(0, place.find(" ("));
  place = place.substr(0, place.rfind(':'));
  const std::size_t name_end = place.rfind(' ');
  if (name_end == std::string_view::npos) return std::string(place);
  return std::string(kScope)
      .append(place.substr(0, name_end))
      .append(" in ")
      .append(place.substr(name_end + 1));
}

// A list that shrinks step by step is as much of a mistake as one that shrinks at once.
bool is_together(const DepartedEdit& earlier, WallTime now) { return earlier.at + kTogether > now; }

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

std::string message_of(const DepartedEdit& edit) {
  const std::string when = edit.files.empty() ? "while defenderd was not running" : "by this edit";
  return std::to_string(edit.left) + " of " + count_text(edit.declared, 0) +
         (edit.left == 1 ? " was" : " were") + " removed from the desired state " + when +
         (edit.left == 1 ? " and is left as it is" : " and are left as they are") +
         (edit.files.empty() ? "" : ": " + text_of(edit.files)) +
         (edit.many && edit.lately > edit.left
              ? "; " + std::to_string(edit.lately) + " were removed within the last hour"
              : "") +
         (edit.many ? "; if this is a mistake, declare them again" : "");
}

DepartedEdit Departures::edited(const std::vector<Declaration>& before,
                                const std::vector<Declaration>& after, WallTime now) {
  const auto declared = ids_of(after);
  DepartedEdit edit;
  edit.at = now;
  edit.declared = before.size();
  for (const Declaration& declaration : before) {
    if (declared.contains(declaration->id)) continue;
    edit.away.emplace(declaration->id, declaration->name);
    ++edit.files[file_of(declaration->source)];
  }
  return add(std::move(edit));
}

DepartedEdit Departures::while_stopped(const std::vector<SubscriptionId>& left,
                                       std::size_t declared, WallTime now) {
  DepartedEdit edit;
  edit.at = now;
  edit.declared = declared + left.size();
  for (const SubscriptionId id : left) edit.away.emplace(id, "");
  return add(std::move(edit));
}

DepartedEdit Departures::add(DepartedEdit edit) {
  edit.left = edit.away.size();
  if (edit.left == 0) return edit;

  const MutexLock lock(mutex_);
  std::size_t away = edit.left;
  std::size_t declared = edit.declared;
  for (const DepartedEdit& earlier : edits_) {
    if (!is_together(earlier, edit.at)) continue;
    away += earlier.away.size();
    declared = std::max(declared, earlier.declared);
  }
  edit.many = is_many_departures(away, declared);
  for (DepartedEdit& earlier : edits_)
    earlier.many = earlier.many || (edit.many && is_together(earlier, edit.at));
  ++revision_;
  if (edits_.size() == kMostEdits) edits_.erase(edits_.begin());
  edits_.push_back(edit);
  edit.lately = away;
  return edit;
}

std::size_t Departures::returned(const std::vector<Declaration>& declared, WallTime now) {
  const MutexLock lock(mutex_);
  if (edits_.empty()) return 0;
  const auto ids = ids_of(declared);
  std::size_t returned = 0;
  for (DepartedEdit& edit : edits_) {
    returned +=
        std::erase_if(edit.away, [&](const auto& entry) { return ids.contains(entry.first); });
  }
  const auto over =
      std::erase_if(edits_, [&](const DepartedEdit& edit) { return !is_shown(edit, now); });
  if (returned + over > 0) ++revision_;
  return returned;
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

std::vector<DepartedEdit> Departures::memory() const {
  const MutexLock lock(mutex_);
  return edits_;
}

void Departures::recall(std::vector<DepartedEdit> edits) {
  const MutexLock lock(mutex_);
  edits_ = std::move(edits);
}

std::uint64_t Departures::revision() const {
  const MutexLock lock(mutex_);
  return revision_;
}

}  // namespace defenderd
