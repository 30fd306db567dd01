/* SPDX-License-Identifier: Apache-2.0 */
/* The logger process: what the master gives it, and its body (src/log/logger.h). */
#ifndef PROC_LOGGERPROC_H
#define PROC_LOGGERPROC_H

/* Ends the process. */
_Noreturn void	 loggerproc_run(int leash);

#endif
