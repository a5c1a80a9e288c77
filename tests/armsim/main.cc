// The ARM simulator as a program: see --help.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <csignal>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "armsim/control.h"
#include "armsim/simulator.h"
#include "armsim/state_file.h"
#include "base/text.h"
#include "base/time_text.h"

namespace {

using defenderd::Done;
using defenderd::Error;
using defenderd::Result;
using defenderd::Unexpected;

constexpr int kBadInput = 2;

// The command line as it was written.
struct Arguments {
  std::string listen = "127.0.0.1:0";
  std::string tls_cert, tls_key, ca_out;
  std::vector<std::string> tls_names;
  bool http = false;
  std::string state;
  std::vector<std::string> tenants;
  std::string client_id;
  std::string client_secret_file;
  std::vector<std::string> certificates;
  std::string latency;
  std::vector<std::string> behaviour;
};

std::string footer() {
  std::string text = "Behaviour (name=default):\n ";
  std::size_t column = 1;
  for (const armsim::BehaviourField& field : armsim::list_behaviour({})) {
    const std::string item = " " + field.name + "=" + field.value;
    if (column + item.size() > 98) {
      text += "\n ";
      column = 1;
    }
    text += item;
    column += item.size();
  }
  return text + "\n" + armsim::control_help();
}

void declare(CLI::App& app, Arguments& arguments) {
  app.add_option("--listen", arguments.listen, "HOST:PORT, port 0 = any free one")
      ->capture_default_str();
  app.add_option("--tls-cert", arguments.tls_cert, "certificate, PEM");
  app.add_option("--tls-key", arguments.tls_key, "its key, PEM");
  app.add_option("--ca-out", arguments.ca_out, "without the two: make a CA and write it here");
  app.add_option("--tls-name", arguments.tls_names, "another host name for that certificate")
      ->allow_extra_args(false);
  app.add_flag("--http", arguments.http, "plain HTTP instead");
  app.add_option("--state", arguments.state, "YAML with the subscriptions to start with");
  app.add_option("--tenant", arguments.tenants, "tenant GUID, the first is the default")
      ->default_str(std::string(armsim::kTenant))
      ->allow_extra_args(false);
  app.add_option("--client-id", arguments.client_id, "the application's GUID")
      ->default_str(std::string(armsim::kClientId));
  app.add_option("--client-secret-file", arguments.client_secret_file, "its secret")
      ->default_str(std::string(armsim::kClientSecret));
  app.add_option("--certificate", arguments.certificates, "PEM file that may sign assertions")
      ->allow_extra_args(false);
  app.add_option("--latency", arguments.latency, "of every answer: 50ms");
  app.add_option("--behaviour", arguments.behaviour, "name=value, see below")
      ->allow_extra_args(false);
  app.footer(footer());
}

Result<std::string> read_text(const std::string& file) {
  std::ifstream stream(file);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  const std::string trimmed(defenderd::trim(text));
  if (!stream.is_open()) return Unexpected(Error{"cannot read " + file});
  if (trimmed.empty()) return Unexpected(Error{file + " is empty"});
  return trimmed;
}

Result<Done> read_listen(const std::string& text, armsim::Options& options) {
  const std::size_t colon = text.rfind(':');
  const Error failure{"--listen must be HOST:PORT like 127.0.0.1:8443, not '" + text + "'"};
  if (colon == std::string::npos || colon == 0) return Unexpected(failure);
  options.host = text.substr(0, colon);
  if (options.host.starts_with('[') && options.host.ends_with(']'))
    options.host = options.host.substr(1, options.host.size() - 2);
  const char* const end = text.data() + text.size();
  if (std::from_chars(text.data() + colon + 1, end, options.port).ptr != end ||
      colon + 1 == text.size() || options.port < 0 || options.port > 65535) {
    return Unexpected(failure);
  }
  return Done{};
}

Result<Done> read_tls(const Arguments& arguments, armsim::Options& options) {
  const bool files = !arguments.tls_cert.empty() || !arguments.tls_key.empty();
  if (files && (arguments.tls_cert.empty() || arguments.tls_key.empty()))
    return Unexpected(Error{"--tls-cert and --tls-key go together"});
  const int ways = (files ? 1 : 0) + (arguments.http ? 1 : 0) + (arguments.ca_out.empty() ? 0 : 1);
  if (ways != 1) {
    return Unexpected(
        Error{"choose one: --ca-out FILE, --tls-cert FILE with --tls-key FILE, or --http"});
  }
  options.tls = files            ? armsim::Tls::Files
                : arguments.http ? armsim::Tls::None
                                 : armsim::Tls::OwnCa;
  options.tls_cert_file = arguments.tls_cert;
  options.tls_key_file = arguments.tls_key;
  options.tls_names = arguments.tls_names;
  return Done{};
}

Result<Done> read_behaviour(const Arguments& arguments, armsim::Behaviour& behaviour) {
  for (const std::string& item : arguments.behaviour) {
    const std::size_t equals = item.find('=');
    if (equals == std::string::npos)
      return Unexpected(Error{"--behaviour must be name=value, not '" + item + "'"});
    auto done = armsim::set_behaviour(behaviour, item.substr(0, equals), item.substr(equals + 1));
    if (!done) return done;
  }
  if (arguments.latency.empty()) return Done{};
  return armsim::set_behaviour(behaviour, "latency", arguments.latency);
}

Result<armsim::Options> make_options(const Arguments& arguments) {
  armsim::Options options;
  if (auto done = read_listen(arguments.listen, options); !done) return Unexpected(done.error());
  if (auto done = read_tls(arguments, options); !done) return Unexpected(done.error());
  if (auto done = read_behaviour(arguments, options.behaviour); !done)
    return Unexpected(done.error());
  if (!arguments.tenants.empty()) options.tenants = arguments.tenants;
  if (!arguments.client_id.empty()) options.client_id = arguments.client_id;
  if (!arguments.client_secret_file.empty()) {
    auto secret = read_text(arguments.client_secret_file);
    if (!secret) return Unexpected(secret.error());
    options.client_secret = *secret;
  }
  for (const std::string& file : arguments.certificates) {
    auto pem = read_text(file);
    if (!pem) return Unexpected(pem.error());
    options.certificates.push_back(*pem + "\n");
  }
  return options;
}

Result<Done> serve(const Arguments& arguments) {
  auto options = make_options(arguments);
  if (!options) return Unexpected(options.error());
  std::vector<armsim::Subscription> subscriptions;
  if (!arguments.state.empty()) {
    auto state = armsim::read_state(arguments.state);
    if (!state) return Unexpected(state.error());
    subscriptions = *std::move(state);
  }
  // A tenant that only the state names is a tenant too.
  for (const armsim::Subscription& subscription : subscriptions) {
    const auto& tenants = options->tenants;
    const bool known = std::any_of(tenants.begin(), tenants.end(), [&](const std::string& tenant) {
      return defenderd::iequals(tenant, subscription.tenant);
    });
    if (!known && !subscription.tenant.empty()) options->tenants.push_back(subscription.tenant);
  }
  // Before any thread starts, so that all of them leave the signals to sigwait.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  armsim::Simulator simulator(*std::move(options));
  for (armsim::Subscription& subscription : subscriptions) simulator.add(std::move(subscription));
  if (auto done = simulator.start(); !done) return done;
  if (!arguments.ca_out.empty()) {
    std::ofstream stream(arguments.ca_out);
    stream << simulator.ca_pem() << std::flush;
    if (!stream) return Unexpected(Error{"cannot write " + arguments.ca_out});
  }
  std::cout << simulator.base_url() << std::endl;  // flushed: scripts wait for it
  int signal = 0;
  sigwait(&signals, &signal);
  return Done{};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "A simulator of Azure Resource Manager and Entra for tests and demonstrations. Its "
      "first line of output is its base URL, which is both.",
      "armsim");
  Arguments arguments;
  declare(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    std::cerr << "armsim: " << error.what() << "\n";
    return kBadInput;
  }
  if (auto done = serve(arguments); !done) {
    std::cerr << "armsim: " << done.error().message << "\n";
    return kBadInput;
  }
  return 0;
}
