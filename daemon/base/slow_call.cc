#include "base/slow_call.h"

#include <condition_variable>
#include <csignal>
#include <deque>
#include <exception>
#include <set>
#include <system_error>
#include <thread>

#include "base/heartbeat.h"
#include "base/mutex.h"

namespace defenderd {
namespace {

struct Job {
  std::string key;
  std::function<void()> work;
  std::exception_ptr thrown = {};
  bool done = false;
  bool left_behind = false;
  std::condition_variable_any changed = {};
};

// One helper thread per concurrent call, and one more that waits for the next call. Never
// destroyed: a helper that is stuck in the kernel outlives everything.
class Helpers {
 public:
  static Helpers& get() {
    static auto* const helpers = new Helpers;  // NOLINT(cppcoreguidelines-owning-memory): above
    return *helpers;
  }

  std::optional<Error> run(Duration deadline, const std::string& key, std::function<void()> work) {
    const auto job = std::make_shared<Job>();
    job->key = key;
    job->work = std::move(work);
    beat();
    MutexLock lock(mutex_);
    if (left_behind_.contains(key)) return no_answer();
    if (auto problem = hand_over(job)) return problem;
    if (!job->changed.wait_for(lock, deadline, [&] { return job->done; })) {
      job->left_behind = true;
      left_behind_.insert(key);
      return no_answer();
    }
    if (job->thrown) std::rethrow_exception(job->thrown);
    return std::nullopt;
  }

 private:
  // Always the same words, so a lasting problem is reported once.
  static Error no_answer() {
    return Error{"does not answer; is it on a network file system whose server cannot be reached?"};
  }

  std::optional<Error> hand_over(const std::shared_ptr<Job>& job) REQUIRES(mutex_) {
    if (idle_ + starting_ <= waiting_.size()) {
      if (threads_ == kMaxSlowCalls) {
        return Error{"cannot be read: " + std::to_string(kMaxSlowCalls) +
                     " calls are waiting for file systems that do not answer"};
      }
      if (auto problem = start_helper()) return problem;
      ++threads_;
      ++starting_;
    }
    waiting_.push_back(job);
    wake_.notify_one();
    return std::nullopt;
  }

  // With all signals blocked: they are for the threads that wait for them.
  std::optional<Error> start_helper() {
    sigset_t all{};
    sigset_t before{};
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::optional<Error> problem;
    try {
      std::thread([this] { serve(); }).detach();
    } catch (const std::system_error& error) {
      problem = Error{std::string("cannot be read, no thread can be started: ") + error.what()};
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return problem;
  }

  void serve() {
    MutexLock lock(mutex_);
    --starting_;
    while (idle_ == 0 || idle_ < waiting_.size()) {  // one idle helper is enough
      ++idle_;
      while (waiting_.empty()) wake_.wait(lock);
      --idle_;
      const std::shared_ptr<Job> job = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      std::exception_ptr thrown;
      try {
        job->work();
      } catch (...) {
        thrown = std::current_exception();
      }
      job->work = nullptr;  // releases what it owns before the caller continues
      lock.lock();
      job->thrown = std::move(thrown);
      job->done = true;
      if (job->left_behind) left_behind_.erase(job->key);
      job->changed.notify_one();
    }
    --threads_;
  }

  Mutex mutex_;  // guards the members of the jobs, too
  std::condition_variable_any wake_;
  std::deque<std::shared_ptr<Job>> waiting_ GUARDED_BY(mutex_);
  // Helpers that wait for a job, or are about to take one.
  std::size_t idle_ GUARDED_BY(mutex_) = 0;
  std::size_t starting_ GUARDED_BY(mutex_) = 0;  // helpers that do not run yet
  int threads_ GUARDED_BY(mutex_) = 0;
  // The keys of calls that are no longer waited for.
  std::set<std::string> left_behind_ GUARDED_BY(mutex_);
};

}  // namespace

std::optional<Error> run_within(Duration deadline, const std::string& key,
                                std::function<void()> work) {
  return Helpers::get().run(deadline, key, std::move(work));
}

}  // namespace defenderd
