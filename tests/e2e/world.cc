#include "e2e/world.h"

#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <filesystem>
#include <fstream>

#include "e2e/secrets.h"
#include "support/desired_text.h"

namespace defenderd {

World::World() {
  std::string name = (std::filesystem::temp_directory_path() / "defenderd-e2e-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = name;
  // By the real clock, each further write of a subscription would wait for 10 s.
  azure_.set_behaviour([](auto& behaviour) { behaviour.write_cool_down = {}; });
  const auto started = azure_.start();
  if (!started) throw std::runtime_error(started.error().message);
  write("ca.pem", azure_.ca_pem());
  write("settings.yaml", settings());
}

World::~World() {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    expect_no_secret(std::string(std::istreambuf_iterator<char>(file), {}), entry.path());
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string World::id(unsigned n) { return guid(n); }

armsim::Subscription World::subscription(
    unsigned n, bool plan, const std::vector<std::pair<std::string, bool>>& extensions) {
  armsim::Subscription result;
  result.id = id(n);
  result.plan.on = plan;
  for (const auto& [name, on] : extensions) result.plan.set(name, on);
  return result;
}

void World::write(const std::string& name, const std::string& text) const {
  std::ofstream(path(name + ".new"), std::ios::binary) << text;
  std::filesystem::rename(path(name + ".new"), path(name));
}

std::string World::settings(const std::string& more) const {
  // Most worlds switch on more at once than a team would by accident.
  const bool has_safety = more.find("safety:") != std::string::npos;
  return "apiVersion: defenderd/v1\nkind: Settings\n"
         "poll: {interval: 30s, jitter: 0%, retry: {min: 1s, max: 15m}}\n"
         "server: {listen: '127.0.0.1:0', lifecycle: true}\n"
         "azure:\n"
         "  tenantId: " +
         std::string(armsim::kTenant) +
         "\n"
         "  auth: {method: clientSecret}\n"
         "  endpoints: {resourceManager: '" +
         azure_.base_url() + "', authority: '" + azure_.base_url() +
         "', caFile: " + path("ca.pem") +
         "}\n"
         "  budget: {readsPerSecond: 1000, writesPerSecond: 1000}\n"
         "log: {format: text, level: info}\n" +
         (has_safety ? "" : "safety: {maxEnablesPerSweep: none}\n") + more;
}

std::string World::desired(const std::vector<std::string>& entries) {
  return desired_text(entries);
}

void World::declare_on(unsigned count, bool is_on) {
  std::vector<std::string> entries;
  for (unsigned n = 1; n <= count; ++n) {
    azure_.add(subscription(n, is_on));
    entries.push_back("id: " + id(n) + ", plan: on");
  }
  write("desired.yaml", desired(entries));
}

void World::replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

std::map<std::string, std::string> World::credentials() const {
  return {{"AZURE_CLIENT_ID", std::string(armsim::kClientId)},
          {"AZURE_CLIENT_SECRET", std::string(armsim::kClientSecret)}};
}

std::unique_ptr<DaemonProcess> World::run(std::vector<std::string> more,
                                          const Streams& streams) const {
  std::vector<std::string> arguments{"run", "--config", path("settings.yaml"), "--desired",
                                     path("desired.yaml")};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return std::make_unique<DaemonProcess>(std::move(arguments), credentials(), streams);
}

}  // namespace defenderd
