// How the program's allocator, jemalloc, is set up: it reads this when the program starts.
//
// The C library's takes twice as long for each block once a hundred thousand subscriptions have
// left its heap full of small gaps, and does so with all workers waiting at one lock.

extern "C" {
// One arena, because what each of several would hold back is a third of what a fleet takes; threads
// have caches of their own for what is small. What is freed goes back to the system a moment later,
// by a thread of jemalloc's, so that a reload or a scrape leaves nothing behind. Not at once: a
// sweep uses the same memory again and again.
extern const char* malloc_conf;
const char* malloc_conf =
    "narenas:1,lg_tcache_max:10,dirty_decay_ms:200,muzzy_decay_ms:0,background_thread:true";
}
