#include "support/sim_azure.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <utility>

#include "identity/token_codec.h"

namespace defenderd {
namespace {

template <class T, class E>
T must(Result<T, E> result) {
  if (result) return *std::move(result);
  std::cerr << "the simulated Azure cannot be set up: " << result.error().message << std::endl;
  std::abort();
}

armsim::Options with_clock(armsim::Options options, const Clock& clock) {
  options.clock = &clock;
  return options;
}

}  // namespace

TempFile::TempFile(const std::string& content) {
  std::string name = testing::TempDir() + "defenderd-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) std::abort();
  folder_ = name;
  std::ofstream(path(), std::ios::binary) << content;
}

TempFile::~TempFile() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

SimTokens::SimTokens(Transport& transport, Origin authority, const Clock& clock)
    : transport_(transport), authority_(std::move(authority)), clock_(clock) {}

ArmResult<AccessToken> SimTokens::fetch(const std::optional<TenantId>& tenant,
                                        std::stop_token stop) {
  HttpRequest request;
  request.origin = authority_;
  request.method = "POST";
  request.target =
      "/" + (tenant ? tenant->text() : std::string(armsim::kTenant)) + "/oauth2/v2.0/token";
  request.content_type = "application/x-www-form-urlencoded";
  request.body = form_encode({{"grant_type", "client_credentials"},
                              {"client_id", std::string(armsim::kClientId)},
                              {"client_secret", std::string(armsim::kClientSecret)},
                              {"scope", "https://management.azure.com/.default"}});
  auto response = transport_.send(request, std::move(stop));
  if (!response) return Unexpected(credential_failure(response.error().message));
  auto token = decode_token(response->body);
  if (!token) return Unexpected(credential_failure(response->body));
  return AccessToken{std::move(token->token),
                     clock_.wall_now() + token->expires_in.value_or(Duration::zero())};
}

SimAzure::Options SimAzure::plain() {
  Options options;
  options.simulator.tls = armsim::Tls::None;
  return options;
}

SimClient::SimClient(const armsim::Simulator& world, Clock& clock, Options options)
    : throttle_(clock, options.rates) {
  const Origin origin = must(Origin::parse(world.base_url()));
  const TempFile ca(world.ca_pem());
  transport_ = must(HttpsTransport::create({.ca_file = origin.tls ? ca.path() : std::string()}));
  source_ = std::make_unique<SimTokens>(*transport_, origin, clock);
  tokens_ = std::make_unique<TokenCache>(*source_, clock, TokenCache::Observer());
  arm_ = std::make_unique<ArmClient>(*transport_, *tokens_, throttle_, clock,
                                     std::move(options.observer),
                                     ArmClient::Options{origin, "defenderd/test", options.timeout});
  plans_ = std::make_unique<PricingClient>(*arm_);
}

SimAzure::SimAzure(Clock& clock, Options options)
    : clock_(clock),
      options_(static_cast<const SimClient::Options&>(options)),
      world_(with_clock(std::move(options.simulator), clock)) {
  must(world_.start());
  restart();
}

void SimAzure::restart() {
  client_.reset();
  client_ = std::make_unique<SimClient>(world_, clock_, options_);
}

std::string SimAzure::add(unsigned n, const std::function<void(armsim::Subscription&)>& change) {
  armsim::Subscription subscription;
  subscription.id = subscription_id(n).text();
  if (change) change(subscription);
  world_.add(subscription);
  return subscription.id;
}

}  // namespace defenderd
