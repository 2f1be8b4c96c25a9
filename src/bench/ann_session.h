// What `vecgate bench ann` does from start to end, with its output as lines.
//
// Thread safety: one thread at a time.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>

#include "bench/ann_options.h"

namespace vecgate::bench {

/// Takes one line of output, without its newline, and shows it at once.
using LineSink = std::function<void(const std::string&)>;

/// Builds, then measures the sweep; or, with flags.interactive, answers the lines of `input` until
/// it ends:
///   {"value":64, "threads":1, "rounds":1, "latency":false}
/// Each is answered by one line of JSON; only "value" must be there. A line that cannot be answered
/// is answered by {"event":"error", …} and does not end the session.
Status RunAnnSession(const AnnFlags& flags, std::istream& input, const LineSink& print);

}  // namespace vecgate::bench
