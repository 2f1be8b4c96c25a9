// Real sentences of the documentation that is installed on the machine, for tests that need texts
// as people write them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace vecgate::recall {

/// At most `most` distinct sentences of 20 to 300 bytes, in the same order each time, from the
/// *.txt files below `folders`. Folders that do not exist give none.
std::vector<std::string> CollectSentences(const std::vector<std::string>& folders, size_t most);

}  // namespace vecgate::recall
