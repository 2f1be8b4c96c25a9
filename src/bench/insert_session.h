// What `vecgate bench insert` does from start to end, with its output as lines.
//
// Thread safety: one thread at a time.
#pragma once

#include "bench/ann_session.h"
#include "bench/insert_options.h"

namespace vecgate::bench {

/// Measures each durability with each number of writers and each size of batch, on an empty
/// collection each time.
Status RunInsertSession(const InsertFlags& flags, const LineSink& print);

}  // namespace vecgate::bench
