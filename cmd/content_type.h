// The content type of an attachment, guessed from the ending of its name.
#pragma once

#include <string_view>

namespace jobd::cmd {

// "report.PDF": "application/pdf". Empty where the ending says nothing: jobd's default then holds.
std::string_view content_type_of(std::string_view filename);

}  // namespace jobd::cmd
