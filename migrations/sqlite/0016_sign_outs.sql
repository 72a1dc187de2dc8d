-- How often every sign-in of a user was ended at once (deactivated, new password): an access token carries the number it
-- was made under and is good only while the two are equal.
alter table users add column sign_outs bigint not null default 0;
