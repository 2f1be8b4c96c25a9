// VG_CHECK: a broken invariant of ours ends the process with a message. Never for bad input.
#pragma once

#include <cstdio>
#include <cstdlib>

#define VG_CHECK(condition)                                                                  \
  do {                                                                                       \
    if (!(condition)) {                                                                      \
      std::fprintf(stderr, "%s:%d: broken invariant: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                          \
    }                                                                                        \
  } while (false)
