#pragma once
// Limits of values that people write. config/README.md documents them.

#include <chrono>
#include <cstddef>

#include "base/clock.h"

namespace defenderd::limits {

inline constexpr std::size_t kName = 256;     // characters
inline constexpr std::size_t kPerson = 256;   // characters: owner, by
inline constexpr std::size_t kReason = 1024;  // characters
inline constexpr std::size_t kFilePath = 4096;

// The memory that a file may need follows its size. A value of a real list has more than ten bytes.
inline constexpr std::size_t kYamlBytesPerNode = 4;
inline constexpr std::size_t kYamlNodesOfAnyFile = 100'000;  // however small it is
inline constexpr std::size_t kYamlAnchors = 10'000;          // of one file
// Commas, colons and brackets between two values that the parser returns: it stores some 250 bytes
// for each. A scope may exclude 10,000 subscriptions in one pair of brackets.
inline constexpr std::size_t kYamlLookahead = 65'536;

inline constexpr std::size_t kSubscriptions = 250'000;  // of all files
inline constexpr std::size_t kScopes = 1000;            // of one file
inline constexpr std::size_t kManagementGroup = 90;     // characters, Azure's limit
inline constexpr std::size_t kTags = 50;                // of one scope, Azure's limit
inline constexpr std::size_t kTagName = 512;            // characters, Azure's limit
inline constexpr std::size_t kTagValue = 256;           // characters, Azure's limit
inline constexpr std::size_t kExclude = 10'000;         // of one scope

// ARM allows few requests per subscription and hour; more frequent checks do not help.
inline constexpr Duration kMinInterval = std::chrono::seconds(30);
inline constexpr Duration kMaxInterval = std::chrono::hours(24 * 7);

inline constexpr int kMaxWave = 99;

inline constexpr std::size_t kAccepted = 100;  // findings of one entry
inline constexpr std::size_t kResource = 512;  // characters of an ARM id
inline constexpr Duration kMinFindings = std::chrono::minutes(30);
inline constexpr Duration kMaxFindings = std::chrono::hours(24 * 7);

inline constexpr std::size_t kFreezes = 100;
inline constexpr std::size_t kFreezeOwners = 100;  // of one freeze
inline constexpr Duration kMinWindow = std::chrono::minutes(1);
inline constexpr Duration kMaxWindow = std::chrono::hours(24 * 7);

inline constexpr std::size_t kAllowedHosts = 100;
inline constexpr int kMaxWorkers = 256;
inline constexpr Duration kMinRetry = std::chrono::milliseconds(100);
inline constexpr Duration kMaxRetry = std::chrono::hours(24);
inline constexpr Duration kMinTimeout = std::chrono::milliseconds(100);
inline constexpr Duration kMaxTimeout = std::chrono::minutes(10);
inline constexpr double kMinRate = 0.01;  // requests per second
inline constexpr double kMaxRate = 1000;
inline constexpr int kMaxChangesPerSweep = 1'000'000;
inline constexpr int kMaxCorrections = 1000;
inline constexpr Duration kMinWithin = std::chrono::minutes(1);
inline constexpr Duration kMaxWithin = std::chrono::hours(24 * 7);
inline constexpr double kMaxJitterPercent = 50;

inline constexpr Duration kMinLease = std::chrono::seconds(2);
inline constexpr Duration kMaxLease = std::chrono::minutes(10);
inline constexpr Duration kMinLeaseRetry = std::chrono::milliseconds(100);

}  // namespace defenderd::limits
