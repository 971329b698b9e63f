// What a configuration leads to, looked for on this machine.
#pragma once

#include <string>
#include <vector>

#include "daemon/config.h"

namespace jobd {

// Of the files, folders and groups that it names, those that this user cannot read or that are not there, a line for
// each that begins with its place. They are no errors, for they may come before they are needed. A secret that systemd
// is to bring is looked for only where it has said the folder, in $CREDENTIALS_DIRECTORY.
std::vector<std::string> missing_files(const Config& config);

}  // namespace jobd
