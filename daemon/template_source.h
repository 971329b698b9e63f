// TemplateSource: a template's file with all that it includes, made ready for the library that renders it.
//
// Ready is: files that are included stand in it; a line with nothing on it but a comment, an inclusion or an end of a
// section has vanished, as the specification of Mustache has it; and there is nothing left but tags. For what is plain
// text the library is given a variable too, {{&1}} marked, and sections are marked otherwise: so each piece of what it
// writes is asked for by name, one piece after another, and whoever answers knows what is asked, may count, and may
// stop. The library on its own loses and adds lines around sections, takes what is missing for nothing, and gathers a
// line without bounds.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/result.h"

namespace jobd {

// What the names begin with that are none of the template's own, in which there is no control character.
inline constexpr char kSectionMark = '\1';
inline constexpr char kPlainMark = '\2';

struct TemplateSource {
  std::string tags;
  std::vector<std::string> plain;  // the n-th is meant by kPlainMark and n
};

// none: there is no such file. ending: ".txt". Errors: invalid_field on "template", about the file.
Result<std::optional<TemplateSource>> read_template(const std::string& folder, std::string_view name,
                                                    std::string_view ending);

}  // namespace jobd
