#include "app/appliers.h"

#include <optional>
#include <utility>
#include <vector>

#include "app/daemon_parts.h"
#include "app/poll_schedule.h"
#include "app/safety_rules.h"
#include "core/moment.h"

namespace defenderd {
namespace {

void check_other_files(DaemonParts& parts) {
  parts.credential_watch.check();
  if (parts.web) parts.web->check(parts.clock, parts.records->metrics, parts.records->log);
}

void add_signal_appliers(DaemonParts& parts, Reloader::Appliers& appliers) {
  if (parts.manager == nullptr) return;
  appliers.reloading = [&manager = *parts.manager] { manager.reloading(); };
  appliers.reloaded = [&parts] { parts.manager->ready(parts.health.service_state().status); };
}

// A standby follows the files for the leader that it may become.
Reloader::Appliers standby_appliers(DaemonParts& parts) {
  Reloader::Appliers appliers;
  appliers.settings = {
      [&parts](const Settings& settings) { parts.records->log.set_level(settings.log.level); }};
  appliers.desired = [&parts](DesiredState desired) {
    parts.standby->set_desired(std::move(desired));
  };
  appliers.polled = [&parts] { check_other_files(parts); };
  add_signal_appliers(parts, appliers);
  return appliers;
}

}  // namespace

// Freezes first, because they stop everything; then bottom up, from the log to the fleet.
Reloader::Appliers appliers_of(DaemonParts& parts) {
  if (parts.stands_by()) return standby_appliers(parts);
  Reloader::Appliers appliers;
  appliers.settings = {
      [&parts](const Settings& settings) {
        parts.freeze_watch.set_declared(settings.safety.freezes);
      },
      [&parts](const Settings& settings) { parts.records->log.set_level(settings.log.level); },
      [&parts](const Settings& settings) {
        parts.azure->throttle().set_rates(
            {settings.azure.reads_per_second, settings.azure.writes_per_second});
        parts.azure->register_provider(settings.azure.register_provider);
      },
      [&parts](const Settings& settings) {
        parts.attributor.set_options(attributor_options(settings.azure));
      },
      [&parts](const Settings& settings) {
        parts.findings_watch.set_enabled(settings.findings.enabled);
        parts.inspector.set_options(inspector_options(settings.findings));
      },
      [&parts](const Settings& settings) {
        parts.records->incidents.set_window(settings.poll.interval);
        const Moment now{parts.clock.steady_now(), parts.clock.wall_now()};
        for (const auto& [id, due] : parts.controller.set_schedule(schedule_of(settings.poll)))
          parts.records->board.hasten(id, now.wall_of(due));
      },
      [&parts](const Settings& settings) {
        const std::optional<Duration> interval = bulk_interval(settings.poll);
        parts.sweeper.set_interval(interval);
        parts.graph_watch.set_in_use(interval.has_value());
      },
      [&parts](const Settings& settings) {
        parts.follower.set_intervals(settings.poll.interval, settings.poll.full_interval);
      },
      [&parts](const Settings& settings) {
        parts.safety.set_rules(safety_rules(settings));
        parts.recorder.show_brakes();
      },
      [&parts](const Settings& settings) { parts.fleet.apply(settings); },
  };
  appliers.desired = [&parts](DesiredState desired) {
    parts.held_back = {};  // this takes its place
    if (parts.takeover) parts.takeover->set_in_force(desired.hash);
    parts.fleet.edit([&] { parts.follower.set_declared(std::move(desired)); });
  };
  appliers.early_freezes = [&parts](std::vector<Freeze> freezes) {
    parts.freeze_watch.set_early(std::move(freezes));
  };
  appliers.polled = [&parts] {
    if (parts.takeover && parts.takeover->check()) parts.writing_resumes();
    parts.freeze_watch.check();
    check_other_files(parts);
  };
  add_signal_appliers(parts, appliers);
  return appliers;
}

}  // namespace defenderd
