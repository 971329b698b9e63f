// "Did you mean": the candidate nearest to a word, empty where none is near.
#pragma once

#include <span>
#include <string_view>

namespace jobd::cmd {

// Near: a candidate that starts with the word (not with dashes alone), else one at most a third of its letters away
// (Damerau-Levenshtein without its rarest case), the nearest, the first of equals.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace jobd::cmd
