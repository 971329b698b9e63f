// Maildir: the folder on disk.
//
// A mail is written to tmp/, flushed, renamed to new/, and the folder flushed: only then it counts as there. One flush
// of the folder serves a whole round of mails. Line ends are LF, as mail readers expect.
//
// A file's name is SECONDS.JOBID-PART-CLAIM.jobd. What a crash left in tmp/ under such a name is nobody's mail, since
// its attempt is made again under a new claim.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/record.h"
#include "shared/descriptor.h"
#include "shared/result.h"

namespace jobd {

std::string maildir_name(Time created_at, const AttemptRef& ref);

// Own thread only. Blocks for the disk.
class Maildir {
 public:
  // Makes PATH/{tmp,new,cur}, mode 0700, where missing, and removes from tmp/ what a crash left there: regular files
  // that maildir_name named. Errors: unavailable.
  static Result<Maildir> open(const std::string& path);

  struct File {
    std::string name;      // maildir_name: in tmp/ and then in new/
    std::string envelope;  // lines to stand before the message's own, LF
    std::string message;   // CR LF
  };
  // Writes a round. For each file, in order, nothing when it is there for good, else what went wrong, in words. A file
  // of that name left over in tmp/ is a failure; one in new/ is replaced.
  std::vector<std::optional<std::string>> write(const std::vector<File>& files);

  std::string path_of(const std::string& name) const { return path_ + "/new/" + name; }
  const std::string& path() const { return path_; }

 private:
  Maildir(std::string path, Descriptor tmp_dir, Descriptor new_dir);
  std::string path_;  // absolute
  Descriptor tmp_dir_;
  Descriptor new_dir_;
};

}  // namespace jobd
