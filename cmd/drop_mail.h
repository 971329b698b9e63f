// Leaving an email where jobd finds it when it is back (shared/drop).
#pragma once

#include <string>
#include <string_view>

#include "shared/result.h"

namespace jobd::cmd {

struct DropFile {
  std::string name;  // not to be guessed; no path
  std::string_view line;
};

// Safe on disk when it succeeds; where it fails nothing is left. Errors: unavailable (no such folder, or not one that
// can be trusted), storage_full, too_large.
Result<Done> drop_mail(const std::string& folder, const DropFile& file);

}  // namespace jobd::cmd
