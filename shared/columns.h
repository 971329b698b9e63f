// How much room a character takes on a terminal.
#pragma once

#include <cstddef>

namespace jobd {

// 2 for what East Asian scripts and emoji take (Unicode Standard Annex 11, W and F), 0 for what stands on the character
// before it (combining marks, joiners, variation selectors), else 1. By blocks, so that terminals agree with it in all
// but rare characters. Precondition: no control character.
std::size_t columns_of(char32_t code_point);

}  // namespace jobd
