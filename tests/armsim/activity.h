#pragma once
// Azure Monitor's activity log of a subscription: who wrote its plans.

#include <chrono>
#include <string>

namespace armsim {

// Who changes a subscription behind everybody's back.
struct Caller {
  // The service itself leaves no event.
  enum class Kind { Service, User, Application, Policy };
  Kind kind = Kind::Service;
  std::string name{};       // a person's UPN, an application's or an assignment's name
  std::string app_id{};     // of the application, or of the one that a person uses
  std::string object_id{};  // "" = made up
  std::string address = "192.0.2.7";

  static Caller user(std::string upn, std::string app_id = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c");
  static Caller application(std::string app_id, std::string object_id = "");
  static Caller policy(const std::string& object_id);
};

// One event, as the log keeps it.
struct Activity {
  std::chrono::system_clock::time_point at;
  Caller caller;
  std::string operation;         // "Microsoft.Security/pricings/write"
  std::string resource_id;       // "/subscriptions/.../providers/Microsoft.Security/pricings/AI"
  std::string provider;          // "Microsoft.Security"
  std::string resource_group{};  // "" = it is in none
  std::string phase;             // BeginRequest, EndRequest
  std::string status;            // Started, Succeeded, Failed
  std::string sub_status;        // OK, Conflict, ...
  std::string correlation_id;
  std::string client_request_id;
  std::string event_id;
  std::string body;  // of the request
};

}  // namespace armsim
