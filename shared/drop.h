// The drop folder: where `jobctl sendmail` leaves an email while jobd is away, and jobd finds it.
//
// A file holds one line, the request that jobctl would have sent (`submit_email`, with its idempotency key), so that
// there is one codec. It is written under a name that begins with kUnfinished, flushed, then renamed to a name without
// a leading dot, and the folder is flushed: what has such a name is whole. Only then does jobctl say that the email is
// taken. jobd takes it in as its owner's submit and removes it once the job is durable; dying in between it finds the
// file again, and the key leads to the same job.
//
// Mode 3733, owner and group those of jobd. Everybody may add a file and remove his own (sticky), nobody but jobd can
// list names, which are not to be guessed. The folder's group passes to its files (the set-group-ID bit), whose mode
// 0640 lets jobd read them and nobody else: no program needs privileges for it. Weighed and left: a set-group-ID jobctl
// as Postfix has its postdrop (a privileged program that reads anything anybody hands it), CAP_DAC_READ_SEARCH for jobd
// (then it could read every file of the machine), files that all may read (their names would be all that keeps them). A
// folder of a jobd that runs as the submitter himself needs none of it: the file is his, mode 0600.
//
// Who owns a file is whom the job belongs to. So jobd takes regular files alone, with one link (a second link would
// make it another's), that nobody but the owner may write to, opened without following a link or waiting for a pipe,
// and reads a bounded number of bytes.
#pragma once

#include <string_view>

namespace jobd::drop {

inline constexpr std::string_view kFolder = "/var/spool/jobd/drop";
inline constexpr std::string_view kUnfinished = ".new-";

}  // namespace jobd::drop
