#include "telemetry/status_memory.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/absence.h"

namespace defenderd {
namespace {

constexpr auto kDirect = static_cast<std::size_t>(ObservedBy::Direct);
constexpr auto kGraph = static_cast<std::size_t>(ObservedBy::Graph);

EarlierState in_sync_since(WallTime since) {
  EarlierState state{State::InSync, since};
  for (const ConditionType type : kAllConditionTypes) {
    state.conditions[static_cast<std::size_t>(type)] = {
        type == ConditionType::Held ? ConditionStatus::False : ConditionStatus::True, since};
  }
  return state;
}

EarlierState state_of(const StatusRow& row) {
  if (row.differences->earlier) return *row.differences->earlier;
  EarlierState state{row.state, row.state_since};
  if (row.state == State::Failing) state.failing_for = row.reason;
  for (std::size_t i = 0; i < row.conditions.size(); ++i)
    state.conditions[i] = {row.conditions[i].status, row.conditions[i].last_transition};
  return state;
}

// Whether a time says it all.
bool is_simply_in_sync(const RememberedRow& row) {
  return row.state == in_sync_since(row.state.since) && row.last_known == Known::AsDeclared &&
         row.observed_at[kDirect] >= row.state.since && !row.last_change &&
         row.differences == Differences{};
}

// The older one of both; none if one of them is none.
void make_older(std::optional<WallTime>& time, std::optional<WallTime> other) {
  time = time && other ? std::optional(std::min(*time, *other)) : std::nullopt;
}

void add_in_sync(StatusMemory& memory, const RememberedRow& row) {
  if (memory.in_sync.empty()) memory.in_sync_observed = row.observed_at;
  make_older(memory.in_sync_observed[kDirect], row.observed_at[kDirect]);
  make_older(memory.in_sync_observed[kGraph], row.observed_at[kGraph]);
  memory.in_sync.emplace_back(row.id, row.state.since);
}

bool is_remembered(const StatusRow& row) { return row.last_attempt || row.differences->earlier; }

Differences without_earlier(Differences differences) {
  differences.earlier.reset();
  return differences;
}

RememberedRow remembered(const StatusRow& row) {
  return {row.desired->id,
          state_of(row),
          row.last_known,
          {row.observed_directly, row.observed_by_graph},
          row.observed,
          row.last_change,
          without_earlier(*row.differences)};
}

bool is_forgotten(const RememberedRow& row, WallTime now) {
  return row.left && now - *row.left >= kAbsenceRemembered;
}

Differences without_texts(Differences differences) {
  differences = without_earlier(std::move(differences));
  differences.trace = {};
  for (Change& change : differences.pending) {
    change.trace = {};
    change.message.clear();
  }
  return differences;
}

EarlierState without_reason(EarlierState state) {
  state.failing_for = Reason::AsDeclared;
  return state;
}

}  // namespace

bool is_remembered_alike(const StatusRow& one, const StatusRow& other) {
  if (is_remembered(one) != is_remembered(other)) return false;
  if (one.last_known != other.last_known || one.last_change != other.last_change ||
      without_reason(state_of(one)) != without_reason(state_of(other)))
    return false;
  return one.differences.is(other.differences) ||
         without_texts(*one.differences) == without_texts(*other.differences);
}

void remember(const StatusRow& row, StatusMemory& memory) {
  if (!is_remembered(row)) return;
  RememberedRow item = remembered(row);
  if (is_simply_in_sync(item)) {
    add_in_sync(memory, item);
  } else {
    memory.others.push_back(std::move(item));
  }
}

std::optional<RememberedRow> remembered_when_left(const StatusRow& row, WallTime now) {
  if (!is_remembered(row)) return std::nullopt;
  RememberedRow item = remembered(row);
  item.left = now;
  return item;
}

void forget_old_changes(StatusMemory& memory, std::size_t most) {
  auto& rows = memory.others;
  const auto changed = std::partition(rows.begin(), rows.end(), [](const RememberedRow& row) {
    return row.state.state != State::InSync || !row.observed_at[kDirect];
  });
  if (static_cast<std::size_t>(rows.end() - changed) <= most) return;
  const auto forgotten = changed + static_cast<std::ptrdiff_t>(most);
  std::nth_element(changed, forgotten, rows.end(),
                   [](const auto& a, const auto& b) { return a.last_change > b.last_change; });
  for (auto row = forgotten; row != rows.end(); ++row)
    if (!row->left) add_in_sync(memory, *row);
  rows.erase(forgotten, rows.end());
}

StatusRow recalled_row(const Declaration& desired, const RememberedRow& earlier, WallTime now) {
  StatusRow row = new_row(desired, now);
  static const Shared<std::string> not_since_start{"not observed since the start"};
  static const Shared<std::string> not_since_return{"not observed since it is declared again"};
  row.message = earlier.left ? not_since_return : not_since_start;
  for (Condition& condition : row.conditions) condition.message = row.message;
  row.last_known = earlier.last_known;
  row.observed = earlier.observed;
  row.observed_directly = earlier.observed_at[kDirect];
  row.observed_by_graph = earlier.observed_at[kGraph];
  row.last_change = earlier.last_change;
  Differences differences = earlier.differences;
  differences.earlier = earlier.state;
  row.differences = std::move(differences);
  limit_to(row, now);
  return row;
}

void EarlierRows::set(StatusMemory memory) {
  in_sync_ = {memory.in_sync.begin(), memory.in_sync.end()};
  in_sync_observed_ = memory.in_sync_observed;
  others_.clear();
  for (RememberedRow& row : memory.others) others_.insert_or_assign(row.id, std::move(row));
}

void EarlierRows::keep(RememberedRow row) { others_.insert_or_assign(row.id, std::move(row)); }

bool EarlierRows::forget_left(WallTime now) {
  return std::erase_if(others_, [&](const auto& item) { return is_forgotten(item.second, now); }) >
         0;
}

std::optional<RememberedRow> EarlierRows::take(SubscriptionId id, WallTime now) {
  if (auto node = others_.extract(id)) {
    if (is_forgotten(node.mapped(), now)) return std::nullopt;
    return std::move(node.mapped());
  }
  const auto node = in_sync_.extract(id);
  if (!node) return std::nullopt;
  RememberedRow row{id, in_sync_since(node.mapped()), Known::AsDeclared, in_sync_observed_};
  // It was read directly since then.
  row.observed_at[kDirect] = std::max(row.observed_at[kDirect], std::optional(node.mapped()));
  return row;
}

void EarlierRows::append_to(StatusMemory& memory) const {
  if (!in_sync_.empty()) memory.in_sync_observed = in_sync_observed_;
  memory.in_sync.insert(memory.in_sync.end(), in_sync_.begin(), in_sync_.end());
  const auto before = static_cast<std::ptrdiff_t>(memory.others.size());
  for (const auto& [id, row] : others_) memory.others.push_back(row);
  std::sort(memory.others.begin() + before, memory.others.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
}

std::vector<SubscriptionId> EarlierRows::take_all_but(
    const std::function<bool(SubscriptionId)>& may_come) {
  std::vector<SubscriptionId> ids;
  const auto take = [&](const auto& item) {
    if (may_come(item.first)) return false;
    ids.push_back(item.first);
    return true;
  };
  std::erase_if(in_sync_, take);
  std::erase_if(others_, [&](const auto& item) { return !item.second.left && take(item); });
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace defenderd
