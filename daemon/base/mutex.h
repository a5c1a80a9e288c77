#pragma once
// A mutex that clang's thread-safety analysis understands. Annotate what it guards at the member
// (GUARDED_BY) and what a private function needs at the function (REQUIRES); an access without the
// lock then does not compile under clang. daemon/README.md has the lock order.
//
// Source of the attributes: https://clang.llvm.org/docs/ThreadSafetyAnalysis.html

#include <mutex>
#include <shared_mutex>

#if defined(__clang__)
#define DEFENDERD_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define DEFENDERD_THREAD_ANNOTATION(x)
#endif

#define CAPABILITY(x) DEFENDERD_THREAD_ANNOTATION(capability(x))
#define SCOPED_CAPABILITY DEFENDERD_THREAD_ANNOTATION(scoped_lockable)
#define GUARDED_BY(x) DEFENDERD_THREAD_ANNOTATION(guarded_by(x))
#define PT_GUARDED_BY(x) DEFENDERD_THREAD_ANNOTATION(pt_guarded_by(x))
#define REQUIRES(...) DEFENDERD_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define REQUIRES_SHARED(...) DEFENDERD_THREAD_ANNOTATION(requires_shared_capability(__VA_ARGS__))
#define EXCLUDES(...) DEFENDERD_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
#define ACQUIRE(...) DEFENDERD_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define ACQUIRE_SHARED(...) DEFENDERD_THREAD_ANNOTATION(acquire_shared_capability(__VA_ARGS__))
#define RELEASE(...) DEFENDERD_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define RELEASE_SHARED(...) DEFENDERD_THREAD_ANNOTATION(release_shared_capability(__VA_ARGS__))
// For a function whose locking the analysis cannot follow; say why in a comment.
#define NO_THREAD_SAFETY_ANALYSIS DEFENDERD_THREAD_ANNOTATION(no_thread_safety_analysis)

namespace defenderd {

class CAPABILITY("mutex") Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;
  ~Mutex() = default;

  void lock() ACQUIRE() { mutex_.lock(); }
  void unlock() RELEASE() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

// Holds a Mutex for a scope. It can be released and acquired again, as std::condition_variable_any
// requires of a lock; after a wait the lock is held again.
class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() RELEASE() {
    if (held_) mutex_.unlock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void lock() ACQUIRE() {
    mutex_.lock();
    held_ = true;
  }
  void unlock() RELEASE() {
    held_ = false;
    mutex_.unlock();
  }

 private:
  Mutex& mutex_;
  bool held_ = true;
};

// Releases a Mutex that the caller holds for a scope, at whose end it is taken again.
class SCOPED_CAPABILITY MutexUnlock {
 public:
  explicit MutexUnlock(Mutex& mutex) RELEASE(mutex) : mutex_(mutex) { mutex_.unlock(); }
  ~MutexUnlock() RELEASE() { mutex_.lock(); }  // the analysis wants RELEASE: it undoes the above
  MutexUnlock(const MutexUnlock&) = delete;
  MutexUnlock& operator=(const MutexUnlock&) = delete;

 private:
  Mutex& mutex_;
};

// For what is read often and by several threads at once, and written rarely.
class CAPABILITY("mutex") SharedMutex {
 public:
  SharedMutex() = default;
  SharedMutex(const SharedMutex&) = delete;
  SharedMutex& operator=(const SharedMutex&) = delete;
  ~SharedMutex() = default;

  void lock() ACQUIRE() { mutex_.lock(); }
  void unlock() RELEASE() { mutex_.unlock(); }
  void lock_shared() ACQUIRE_SHARED() { mutex_.lock_shared(); }
  void unlock_shared() RELEASE_SHARED() { mutex_.unlock_shared(); }

 private:
  std::shared_mutex mutex_;
};

class SCOPED_CAPABILITY ReaderLock {
 public:
  explicit ReaderLock(SharedMutex& mutex) ACQUIRE_SHARED(mutex) : mutex_(mutex) {
    mutex_.lock_shared();
  }
  ~ReaderLock() RELEASE() { mutex_.unlock_shared(); }
  ReaderLock(const ReaderLock&) = delete;
  ReaderLock& operator=(const ReaderLock&) = delete;

 private:
  SharedMutex& mutex_;
};

class SCOPED_CAPABILITY WriterLock {
 public:
  explicit WriterLock(SharedMutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~WriterLock() RELEASE() { mutex_.unlock(); }
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  SharedMutex& mutex_;
};

}  // namespace defenderd
