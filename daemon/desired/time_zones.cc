#include "desired/time_zones.h"

#include <date/tz.h>

#include <exception>
#include <vector>

#include "desired/value.h"

namespace defenderd {
namespace {

class DatabaseZone final : public TimeZone {
 public:
  explicit DatabaseZone(const date::time_zone& zone) : zone_(zone) {}

  [[nodiscard]] std::string_view name() const override { return zone_.name(); }

  [[nodiscard]] LocalTime local(WallTime moment) const override {
    const auto local = zone_.to_local(std::chrono::floor<std::chrono::seconds>(moment));
    return LocalTime(local.time_since_epoch());
  }

  [[nodiscard]] WallTime moment(LocalTime local) const override {
    return zone_.to_sys(date::local_seconds(local.time_since_epoch()), date::choose::earliest);
  }

 private:
  const date::time_zone& zone_;  // lives as long as the process
};

}  // namespace

// The library reports everything by exceptions, and reads a zone when it is first used.
Result<std::shared_ptr<const TimeZone>> find_time_zone(const std::string& name) try {
  const date::tzdb& database = date::get_tzdb();
  std::vector<std::string_view> names;
  names.reserve(database.zones.size());
  for (const date::time_zone& zone : database.zones) {
    if (zone.name() == name) {
      auto found = std::make_shared<const DatabaseZone>(zone);
      static_cast<void>(found->local(WallTime()));
      return std::shared_ptr<const TimeZone>(std::move(found));
    }
    names.push_back(zone.name());
  }
  return Unexpected(Error{did_you_mean(name, names)});
} catch (const std::exception&) {
  return Unexpected(
      Error{"; this machine has no usable time zone database: install the package tzdata"});
}

}  // namespace defenderd
