// jobctl as sendmail(1): a message on standard input becomes a job.
#pragma once

#include <cstdint>

#include "cmd/context.h"
#include "cmd/invocation.h"

namespace jobd::cmd {

// Gives the exit code: 0 only when the message is safe on disk, as a job or in the drop folder, and then silent. An
// error that a repetition would mend leads to the drop folder: $JOBD_DROP, else that of the system's jobd where it was
// asked.
int send_mail(const SendMail& options, Context& context, std::uint64_t random);

}  // namespace jobd::cmd
