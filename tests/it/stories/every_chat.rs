//! The same story in every chat.

/// Makes a test for each chat of each of these stories, which are functions over the chat.
macro_rules! in_every_chat {
    ($($story:ident),+ $(,)?) => {
        in_every_chat!(@mattermost, accessbot_sandbox::mattermost::MattermostSandbox, $($story),+);
        in_every_chat!(@slack, accessbot_sandbox::slack::SlackSandbox, $($story),+);
    };
    (@$chat:ident, $stand_in:ty, $($story:ident),+) => {
        mod $chat {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $story() {
                    super::$story::<$stand_in>().await;
                }
            )+
        }
    };
}

pub(super) use in_every_chat;
