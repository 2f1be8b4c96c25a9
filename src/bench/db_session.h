// What `vecgate bench db` does from start to end, with its output as lines.
//
// Thread safety: one thread at a time.
#pragma once

#include "bench/ann_session.h"
#include "bench/db_collection.h"

namespace vecgate::bench {

/// Connects, fills a collection of its own, measures each point of the sweep with each number of
/// clients, then the mixed load if one is asked for, and drops the collection, also after an error.
/// A collection that exists is left alone: kAlreadyExists, unless flags.drop.
Status RunDbSession(const DbFlags& flags, const LineSink& print, const DbProgress& progress);

}  // namespace vecgate::bench
