// Several elections in one simulated world (election_world.h): never may two write at once, and
// never is there nobody for longer than the bound.

#include "core/election.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "core/election_world.h"

namespace defenderd {
namespace {

using std::chrono::duration_cast;
using std::chrono::hours;
using std::chrono::milliseconds;

// Of two replicas, and as many of three: 40 by default; the soak runs ten thousand.
Real simulated() {
  const char* const wanted = std::getenv("DEFENDERD_MODEL_HOURS");
  return hours(wanted == nullptr ? 40 : std::atoi(wanted));
}

TEST(ElectionModel, NeverTwoThatWriteAndNeverNobodyForLong) {
  const LeaseTiming timing;
  // The slowest clock waits out the lease, then a candidate's pause and two slow requests.
  const Real bound = duration_cast<Real>(
      (timing.duration + candidate_pause(timing, 1) + 2 * lease_request_timeout(timing)) / 0.9);
  for (const std::size_t replicas : {2U, 3U}) {
    for (const std::uint32_t seed : {1U, 2U}) {
      ElectionWorld world(replicas, timing, seed);
      world.run(simulated() / 2);
      EXPECT_TRUE(world.faults.empty()) << world.faults.size() << " of " << world.tried.writes
                                        << ", first: " << world.faults.front();
      EXPECT_LE(world.longest_without, bound)
          << duration_cast<milliseconds>(world.longest_without).count() << " ms without a leader";
      std::cout << replicas << " replicas, " << simulated() / hours(2)
                << " hours: " << world.tried.text() << "; without a leader for "
                << duration_cast<milliseconds>(world.longest_without).count() << " ms at most, and "
                << duration_cast<milliseconds>(bound).count() << " allowed\n";
      // The world is one in which things happen.
      const Tried& tried = world.tried;
      EXPECT_GT(tried.writes, 500U);
      EXPECT_GT(tried.refused, 500U);
      for (const std::size_t often :
           {tried.last_moments, tried.terms, tried.leaderships, tried.lost_requests,
            tried.lost_answers, tried.outages, tried.sleeps})
        EXPECT_GT(often, 20U) << tried.text();
      for (const std::size_t seldom :
           {tried.stalls, tried.late_requests, tried.kills, tried.releases, tried.deletions})
        EXPECT_GT(seldom, 3U) << tried.text();
    }
  }
}

}  // namespace
}  // namespace defenderd
