// DropFiles: the files of the drop folder (shared/drop has the rules), looked through a batch at a time.
#pragma once

#include <dirent.h>
#include <sys/stat.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "shared/clock.h"
#include "shared/codec.h"
#include "shared/descriptor.h"
#include "shared/result.h"

namespace jobd {

struct DropSettings {
  std::string path;
  CodecLimits limits;
  std::size_t line_bytes = limits::kLineBytes;
};

// A file as it was seen; another one may get its name.
struct DropFile {
  std::string name;
  ino_t inode = 0;
  std::chrono::nanoseconds changed{};  // since the epoch
  bool operator==(const DropFile&) const = default;
};

// A file that holds a submit, not yet removed.
struct DroppedMail {
  DropFile file;
  std::string scope;  // its owner: "uid:1000"
  Request request;    // a SubmitEmail with a key
};

struct DropBatch {
  std::vector<DroppedMail> mails;
  std::vector<std::string> notices;  // for the log
  bool is_last = false;              // of the pass
  bool has_trouble = false;          // the system refused something that it may grant later
  bool is_elsewhere = false;         // another folder has the path; the next pass goes through that one
};

// Blocks on the disk; one thread at a time. A file that can never be taken is moved to the folder `rejected` beside
// this one, and where that fails it is left and remembered, so that it is told once and looked at once.
class DropFiles {
 public:
  // Makes the folder where there is none. Errors: unavailable.
  static Result<DropFiles> open(DropSettings settings);

  // Begins a pass through the folder anew.
  void restart() { pass_.reset(); }
  // The next of the pass; the one after the last begins another. Unfinished files older than an hour are removed on the
  // way.
  DropBatch next_batch(Time now);

  // What became of a mail; both give lines for the log. Another file that has its name by now is left for the next
  // pass.
  std::vector<std::string> remove(const DropFile& file);
  std::vector<std::string> reject(const DropFile& file, const std::string& why);

  const std::string& path() const { return settings_.path; }

 private:
  struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
  };
  using Directory = std::unique_ptr<DIR, CloseDirectory>;

  DropFiles(DropSettings settings, Descriptor folder) : settings_(std::move(settings)), folder_(std::move(folder)) {}

  static Result<Descriptor> open_folder(const std::string& path);
  bool begin_pass(DropBatch& batch);
  bool is_in_place() const;
  void find_again(DropBatch& batch);
  // Gives the bytes read.
  std::size_t look_at(const std::string& name, DropBatch& batch);
  Result<DroppedMail> read(const DropFile& file, std::size_t& bytes) const;
  Result<DroppedMail> understand(const DropFile& file, std::string_view line, uid_t owner) const;
  void sweep(const std::string& name, Time now) const;
  std::optional<DropFile> look(const std::string& name) const;
  void put_back(const std::string& name_aside) const;
  bool move_to_rejected(const DropFile& file);
  void leave(const DropFile& file, const std::string& why, std::vector<std::string>& notices);

  DropSettings settings_;
  Descriptor folder_;
  Descriptor rejected_;
  bool is_lost_ = false;        // the path leads to no folder that can be used, and that is told
  Directory pass_;              // none: between passes
  std::set<std::string> left_;  // identities
};

}  // namespace jobd
