"""Users, roles, tokens and passwords in the admin."""

import re

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts import services
from accounts.models import User
from accounts.sign_in import verify_password
from accounts.tokens import token_create, verify_token
from sticky_pi_api.core.errors import NotAuthenticated
from tests.desk.conftest import PASSWORD

USERS, PROFILE = "/admin/accounts/user/", "/admin/profile/"
VIEWERS, CURATORS, WRITERS = "Viewers", "Curators", "Writers"
NEW_PASSWORD = "another long one, 7"


def group_ids(*names):
    return [Group.objects.get(name=name).pk for name in names]


def new_user(**more):
    return {
        "username": "Vera",
        "email": "",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "groups": group_ids(VIEWERS),
    } | more


def roles_of(user):
    return {group.name for group in user.groups.all()}


def errors_of(response):
    assert response.status_code == 200
    return response.context["adminform"].form.errors


@pytest.mark.parametrize(
    ("role", "annotates", "uploads"), [(VIEWERS, False, False), (CURATORS, True, False), (WRITERS, True, True)]
)
def test_roles(user_of, role, annotates, uploads):
    user = user_of(role)
    assert user.has_perms(["images.view_image", "tuboids.view_tiledtuboid", "labels.view_itclabel"])
    assert user.has_perms(["annotations.add_uidannotation", "labels.add_itclabel"]) is annotates
    assert user.has_perm("images.add_image") is user.can_write is uploads
    assert not user.has_perm("images.delete_image")
    assert not user.has_perm("accounts.view_user")


def test_users_made_with_the_operation_get_a_role(db):
    writer = services.user_create(username="trap", password=PASSWORD)
    viewer = services.user_create(username="vera", password=PASSWORD, can_write=False)
    assert (roles_of(writer), roles_of(viewer)) == ({WRITERS}, {VIEWERS})


def test_users_of_before_get_a_role_with_the_next_migration(db):
    user = User.objects.create(username="old", can_write=True)
    services.after_migrate()
    services.after_migrate()
    assert roles_of(user) == {WRITERS}


def test_a_new_user_is_a_viewer(admin):
    form = admin.get(f"{USERS}add/").context["adminform"].form
    assert [group.name for group in form["groups"].initial] == [VIEWERS]
    assert admin.post(f"{USERS}add/", new_user()).status_code == 302
    user = User.objects.get(username="vera")
    assert (user.can_write, user.is_admin, user.api_user, user.email) == (False, False, "a-admin", None)
    assert user.check_password(PASSWORD)
    assert verify_password(username="VERA", password=PASSWORD, address="") == user


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"username": "a b"}, "username"),
        ({"username": "A-ADMIN"}, "username"),
        ({"password2": "something else"}, "password2"),
        ({"password1": "12345678", "password2": "12345678"}, "password2"),
        ({"password1": "", "password2": ""}, "password1"),
        ({"email": "nobody"}, "email"),
    ],
)
def test_what_a_new_user_cannot_be(admin, more, field):
    assert field in errors_of(admin.post(f"{USERS}add/", new_user(**more)))
    assert User.objects.filter(api_user="a-admin").count() == 0


def test_writers_may_upload_and_others_may_not_any_more(admin, user_of):
    user = user_of(VIEWERS)
    form = {"username": user.username, "email": "", "is_active": "on"}
    for names, may in (([VIEWERS, WRITERS], True), ([CURATORS], False)):
        admin.post(f"{USERS}{user.pk}/change/", {**form, "groups": group_ids(*names)})
        user.refresh_from_db()
        assert (roles_of(user), user.can_write) == (set(names), may)


def test_an_administrator_cannot_shut_themselves_out(admin):
    me = User.objects.get(username="a-admin")
    answer = admin.post(f"{USERS}{me.pk}/change/", {"username": me.username, "email": ""})
    assert errors_of(answer).keys() == {"is_admin", "is_active"}


def test_who_is_made_inactive_is_out(admin, user_of):
    user, theirs = user_of(VIEWERS), Client()
    theirs.force_login(user)
    token = token_create(user=user)["token"]
    admin.post(f"{USERS}{user.pk}/change/", {"username": user.username, "email": "", "groups": group_ids(VIEWERS)})
    assert theirs.get("/admin/images/image/").status_code == 302
    with pytest.raises(NotAuthenticated):
        verify_token(token=token)


def test_reset_of_a_password_ends_tokens_and_sessions(admin, user_of):
    user, theirs = user_of(VIEWERS), Client()
    theirs.force_login(user)
    token = token_create(user=user)["token"]
    page = admin.get(f"{USERS}{user.pk}/password/")
    assert "usable_password" not in page.content.decode()
    admin.post(f"{USERS}{user.pk}/password/", {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    user.refresh_from_db()
    assert user.check_password(NEW_PASSWORD)
    assert theirs.get(PROFILE).status_code == 302
    with pytest.raises(NotAuthenticated):
        verify_token(token=token)


def test_users_are_searched_with_like_and_never_deleted(admin, user_of):
    user = user_of(WRITERS)
    for pattern, found in (
        ("a-w%", {"a-writers"}),
        ("%-ADMIN", {"a-admin"}),
        ("a-", {"a-admin", "a-writers"}),
        ("%w_i%", {"a-writers"}),
    ):
        rows = admin.get(USERS, {"q": pattern}).context["cl"].result_list
        assert {row.username for row in rows} == found
    assert admin.post(f"{USERS}{user.pk}/delete/", {"post": "yes"}).status_code == 403


def test_an_export_of_users_has_no_passwords(admin):
    table = b"".join(admin.get(f"{USERS}export/csv/").streaming_content).decode()
    assert "a-admin" in table
    assert "password" not in table
    assert "md5$" not in table


@pytest.mark.parametrize("role", [VIEWERS, CURATORS, WRITERS])
@pytest.mark.parametrize("page", ["", "add/", "export/csv/", "{pk}/change/", "{pk}/password/"])
def test_users_are_for_administrators(client_of, role, page):
    client = client_of(role)
    address = USERS + page.format(pk=User.objects.get(username=f"a-{role.lower()}").pk)
    assert client.get(address).status_code == 403


def test_the_sidebar_shows_what_one_may_see(client_of):
    def entries(client):
        return {item["title"] for group in client.get(PROFILE).context["sidebar_navigation"] for item in group["items"]}

    viewer, admin = entries(client_of(VIEWERS)), entries(client_of("admin"))
    assert {"Images", "Annotations", "Tuboids", "Labels", "Profile and token"} <= viewer
    assert not {"Users", "Pending files", "Label"} & viewer
    assert {"Users", "Pending files"} <= admin


def test_a_token_is_shown_once_and_revoked(client_of):
    client = client_of(VIEWERS)
    page = client.post(PROFILE, {"make": "1"}).content.decode()
    token = re.search(r"<textarea[^>]*>([^<]+)</textarea>", page)[1]
    assert verify_token(token=token)[0].username == "a-viewers"
    assert token not in client.get(PROFILE).content.decode()
    assert client.post(PROFILE, {"revoke": "1"}).status_code == 302
    with pytest.raises(NotAuthenticated, match="revoked"):
        verify_token(token=token)


def test_a_change_of_ones_own_password_ends_ones_tokens(client_of):
    client = client_of(VIEWERS)
    token = token_create(user=User.objects.get(username="a-viewers"))["token"]
    form = {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    assert client.post("/admin/password_change/", form).status_code == 302
    assert client.get(PROFILE).status_code == 200
    with pytest.raises(NotAuthenticated):
        verify_token(token=token)


def test_pages_are_for_those_who_have_logged_in(db):
    for address in ("/admin/images/image/", "/admin/images/image/export/csv/", PROFILE, USERS):
        answer = Client().get(address)
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/admin/login/")


@pytest.mark.parametrize("address", ["/admin/images/image/", USERS, f"{USERS}add/", PROFILE, "/admin/password_change/"])
def test_pages_load_nothing_from_other_hosts(admin, address):
    page = admin.get(address).content.decode()
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]*"', page)


def test_guessing_passwords_is_slowed_down(db: None, client: Client) -> None:
    user = User.objects.create_superuser("guessed", "the right one")
    signed_in = {"username": user.username, "password": "the right one"}
    for _ in range(25):
        client.post("/admin/login/", {**signed_in, "password": "wrong"}, REMOTE_ADDR="192.0.2.1")
    assert client.post("/admin/login/", signed_in, REMOTE_ADDR="192.0.2.1").status_code == 200, "not signed in"
    assert client.post("/admin/login/", signed_in, REMOTE_ADDR="192.0.2.2").status_code == 302


def test_the_page_of_a_user_leads_to_a_new_password_and_tells_where_they_sign_in(admin, user_of):
    user = user_of(VIEWERS)
    verify_password(username=user.username, password=PASSWORD, address="192.0.2.7")
    page = admin.get(f"{USERS}{user.pk}/change/").content.decode()
    links = re.findall(r'<a[^>]* href="([^"]+)"[^>]*>(?:(?!</a>).)*Reset password', page, re.DOTALL)
    assert len(links) == 2, "a button above, a link beside the password"
    for link in links:
        assert admin.get(link, follow=True).request["PATH_INFO"] == f"{USERS}{user.pk}/password/"
    assert "192.0.2.7" in page and "algorithm" not in page
    assert re.search(r">\s*a-viewers\s*</a>", page), "the name is not capitalised"
