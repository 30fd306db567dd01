/* SPDX-License-Identifier: Apache-2.0 */
/* Ids and capabilities. In the master and, at their birth, in its children. */
#include "proc/privilege.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/must.h"

enum { GROUPS_MOST = 256 };

static struct {
	bool	 root, chosen, raised;
	uid_t	 uid;
	gid_t	 gid;
	gid_t	 groups[GROUPS_MOST];
	int	 n_groups;
	char	 name[64];
} id;

bool
privilege_have_root(void)
{
	return id.root;
}

uid_t
privilege_uid(void)
{
	return id.uid;
}

gid_t
privilege_gid(void)
{
	return id.gid;
}

const char *
privilege_user(void)
{
	return id.name;
}

static bool
choose_group(const char *group, char *why, size_t cap)
{
	const struct group	*g = getgrnam(group);

	if (g == NULL) {
		snprintf(why, cap, "cache_effective_group: there is no group \"%s\"", group);
		return false;
	}
	id.gid = g->gr_gid;
	id.groups[0] = g->gr_gid;
	id.n_groups = 1;
	return true;
}

bool
privilege_choose(const char *user, const char *group, char *why, size_t cap)
{
	const struct passwd	*pw;

	id.chosen = true;
	id.root = geteuid() == 0;
	id.uid = geteuid();
	id.gid = getegid();
	snprintf(id.name, sizeof id.name, "%u", (unsigned)id.uid);
	if (!id.root)
		return true;
	if (user == NULL || (pw = getpwnam(user)) == NULL) {
		snprintf(why, cap, "cache_effective_user: there is no user \"%s\"",
		    user == NULL ? "" : user);
		return false;
	}
	if (pw->pw_uid == 0) {
		snprintf(why, cap,
		    "cache_effective_user %s: the workers of a proxy must not run as root", user);
		return false;
	}
	snprintf(id.name, sizeof id.name, "%s", user);
	id.uid = pw->pw_uid;
	id.gid = pw->pw_gid;
	if (group != NULL && group[0] != '\0')
		return choose_group(group, why, cap);
	id.n_groups = GROUPS_MOST;
	if (getgrouplist(user, pw->pw_gid, id.groups, &id.n_groups) < 0)
		id.n_groups = GROUPS_MOST;	/* in more groups than that: the first ones */
	return true;
}

static _Noreturn void
refuse(const char *what)
{
	msg(MSG_ERROR, "privileges: %s: %s", what, strerror(errno));
	_exit(1);
}

void
privilege_lower(void)
{
	MUST(id.chosen);
	id.raised = false;
	if (!id.root)
		return;
	if (setgroups((size_t)id.n_groups, id.groups) != 0 ||
	    setresgid((gid_t)-1, id.gid, (gid_t)-1) != 0 ||
	    setresuid((uid_t)-1, id.uid, (uid_t)-1) != 0)
		refuse("cannot act as cache_effective_user");
}

void
privilege_raise(const char *reason)
{
	const gid_t	 root = 0;

	MUST(id.chosen && !id.raised);
	id.raised = true;
	if (!id.root)
		return;
	msg(MSG_DEBUG, "root for %s", reason);
	if (setresuid((uid_t)-1, 0, (uid_t)-1) != 0 || setresgid((gid_t)-1, 0, (gid_t)-1) != 0 ||
	    setgroups(1, &root) != 0)
		refuse("cannot become root again");
}

/*
 * After the ids are gone, only what is asked for stays permitted and effective; nothing is
 * inheritable.
 */
static bool
capabilities(bool net_admin)
{
	struct __user_cap_header_struct	 h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct	 d[2] = { { 0 } };

	if (net_admin)
		d[0].permitted = d[0].effective = 1U << CAP_NET_ADMIN;
	return syscall(SYS_capset, &h, d) == 0;
}

static void
drop_ids(bool keep_net_admin)
{
	uid_t	 r, e, s;
	gid_t	 gr, ge, gs;

	if (!id.raised)
		privilege_raise("leaving it for good");
	if (keep_net_admin && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
		refuse("PR_SET_KEEPCAPS");
	if (setgroups((size_t)id.n_groups, id.groups) != 0 ||
	    setresgid(id.gid, id.gid, id.gid) != 0 || setresuid(id.uid, id.uid, id.uid) != 0)
		refuse("cannot become cache_effective_user");
	if (!capabilities(keep_net_admin))
		refuse("capset");
	errno = 0;
	if (getresuid(&r, &e, &s) != 0 || getresgid(&gr, &ge, &gs) != 0 || r != id.uid ||
	    e != id.uid || s != id.uid || gr != id.gid || ge != id.gid || gs != id.gid)
		refuse("the ids are not those that were set");
	if (setresuid((uid_t)-1, 0, (uid_t)-1) == 0 || setresgid((gid_t)-1, 0, (gid_t)-1) == 0 ||
	    setuid(0) == 0)
		refuse("root could be had back");
}

void
privilege_drop(bool keep_net_admin, bool cores)
{
	const struct rlimit	 none = { 0, 0 };

	MUST(id.chosen);
	if (id.root)
		drop_ids(keep_net_admin);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		refuse("PR_SET_NO_NEW_PRIVS");
	if (!cores && setrlimit(RLIMIT_CORE, &none) != 0)
		refuse("RLIMIT_CORE");
	if (prctl(PR_SET_DUMPABLE, cores ? 1 : 0, 0, 0, 0) != 0)
		refuse("PR_SET_DUMPABLE");
	id.root = false;
}
