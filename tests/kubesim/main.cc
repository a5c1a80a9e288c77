// The simulator as a program, for the demo and for clients that are not ours.

#include <pthread.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <iostream>

#include "kubesim/control.h"
#include "kubesim/simulator.h"

namespace {

constexpr int kBadInput = 2;

void serve(const kubesim::Options& options) {
  // Before any thread starts, so that all of them leave the signals to sigwait.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const kubesim::Simulator simulator(options);
  std::cout << simulator.url() << std::endl;  // flushed: scripts wait for it
  int signal = 0;
  sigwait(&signals, &signal);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "A simulator of a Kubernetes API server that has Leases and ConfigMaps, for tests and "
      "demonstrations. Its first line of output is its address.",
      "kubesim");
  kubesim::Options options;
  app.add_option("--folder", options.folder,
                 "where it writes ca.crt, token, namespace, kubeconfig and control_url")
      ->required();
  app.add_option("--host", options.host, "address to listen on")->capture_default_str();
  app.add_option("--port", options.port, "0 = any free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  app.add_option("--control-port", options.control_port, "of 127.0.0.1; 0 = any free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  app.add_option("--namespace", options.service_namespace, "of the service account")
      ->capture_default_str();
  app.add_option("--service-account", options.service_account, "its name")->capture_default_str();
  app.footer(kubesim::control_help());
  try {
    app.parse(argc, argv);
    serve(options);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const std::exception& error) {
    std::cerr << "kubesim: " << error.what() << "\n";
    return kBadInput;
  }
  return 0;
}
