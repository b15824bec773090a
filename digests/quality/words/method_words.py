"""Word families of the gate for inventions: methods, tasks and languages. Written as `subject_words`."""

# Methods, tasks and languages.
METHOD_FAMILIES = r"""
언어_?모델(?!_?링) ; language_models? LLMs?
  ; language llm lrm$ lrms gpt bert$ t5$ llama prompt text token instruct nlp$ chatbot mllm vlm qwen
  reasoning_model embedding word claude gemini deepseek assistant foundation_model

에이전트 ; agents?
  ; agent assistant autonomous tool computer-use dialog gui$ robot embod simulat persona role-play workflow

확산_?(?:모델|트랜스포머|과정) 디퓨전 ; diffusion
  ; diffus denois ddpm ddim score-based flow_match dit$ dits vdit stable_ sora$ flux

적대적_?(?:학습|생성|공격|훈련) ; adversarial_(?:training|attacks?|networks?) GANs?
  ; adversar gan$ gans cyclegan stylegan attack robust jailbreak perturb

트랜스포머 ; transformers?
  ; transformer attention bert$ gpt vit$ vits dit$ dits llm llama t5$ token swin

지식_?증류 ; distillation
  ; distill teacher student knowledge_tr compress

양자화 ; quanti[sz]ation
  ; quantiz quantis vq$ vq- bit$ bits low-bit int8 codebook discret token precision

점_?구름 포인트_?클라우드 ; point_clouds?
  ; point_cloud pointnet points$ lidar 3d$ gaussian

워터마(?:크|킹) ; watermark*
  ; watermark fingerprint traceab provenance stego steganograph imprint

렌더링 ; rendering
  ; render shad view_synth nerf gaussian splat graphic novel_view visualiz illumin

정보_?검색 검색_?(?:엔진|시스템|증강) 문서_?검색 ; search_engines? information_retrieval retrieval-augmented
  ; search retriev rank rag$ index quer recommend mrr$ ndcg

멀티모달 다중_?양식 ; multimodal
  ; multimodal multi-modal modal vision visual image video audio vlm mllm speech cross-modal clip$

사고_?사슬 연쇄_?사고 ; chains?_of_thought
  ; chain cot$ reason thought think step-by step_by

합성_?(?:데이터|자료)(?:를|로|만|가) ; synthetic_data
  ; synth generat simulat augment artificial

경량화 경량_?(?:모델|구조) ; lightweight
  ; light compact small compress prun quantiz distill efficien tiny mobile edge cost fast param

환각(?!제) ; hallucinations?
  ; hallucin factual faithful ground incorrect fabricat error wrong truth untru reliab

편향(?!_?(?:보정_?항|항|값)) ;
  ; bias fair skew dispar stereotyp imbalanc prejud partial framing demograph unequal inequit balanc lean

질의_?응답 ; question_answering
  ; question answer qa$ qas vqa quer inquir dialog

의미_?분할 영상_?분할 ; segmentation
  ; segment mask parsing pixel-level partition part-level split

물체_?(?:검출|탐지|인식) 객체_?(?:검출|탐지|인식) ; object_detection
  ; detect recogn locali yolo object ground perception identif

사회_?(?:시뮬레이션|현상|관계망) ; social_simulation
  ; social societ communit population network politic collective cultur

관용구 관용_?표현 속담 ; idioms? proverbs?
  ; idiom figurat proverb metaphor expression non-literal

스케치 ; sketch(?:es)?
  ; sketch draw line_art

이벤트_?카메라 ; event_cameras?
  ; event

사생활 ;
  ; priva confiden sensitive personal anonym pii$ surveil secre identit

아랍어 ; Arabic
  ; arab

중국어 ; Chinese
  ; chin mandarin canton zh$

일본어 ; Japanese
  ; japan ja$

한국어 ; Korean
  ; korea hangul ko$

독일어 ; German
  ; german de$

프랑스어 불어(?![넣나난오와]) ; French
  ; french fr$

스페인어 ; Spanish
  ; spanish es$ latin_am

러시아어 ; Russian
  ; russia ru$ slav

힌디어 벵골어 타밀어 인도_?언어 ; Hindi Bengali Tamil
  ; hindi india indic bengal tamil

라틴어 고대_?그리스어 산스크리트어 ; Latin_texts? Ancient_Greek Sanskrit
  ; latin greek sanskrit ancient classical

이상_?탐지 ; anomaly_detection
  ; anomal outlier novelty_det fault defect abnormal intrus fraud

맞춤법 문법_?교정 첨삭 ; grammar_correction spell_checking
  ; gramma spell orthograph typo correction writing proofread essay

에세이_?채점 작문_?채점 ; essay_(?:scoring|grading)
  ; essay grading scoring writing educat rubric

챗봇 ; chatbots?
  ; chatbot chat dialog convers assistant llm agent

초해상도 ; super-resolution
  ; super-res super_res upscal resolution upsampl

깊이_?추정 ; depth_estimation
  ; depth disparity stereo 3d$ geomet

자세_?추정 ; pose_estimation
  ; pose$ poses keypoint skelet body 6d joint

행동_?인식 동작_?인식 ; action_recognition activity_recognition
  ; action activit motion behavio gestur skelet movement

개체명_?인식 관계_?추출 ; named_entity entity_recognition relation_extraction
  ; entit relation extract ner$

군집화 ; clustering
  ; cluster group partition unsuperv k-means communit

인과_?추론 ; causal_inference
  ; caus counterfact interven treatment

조합_?최적화 경로_?최적화 배차 ; combinatorial_optimi[sz]ation vehicle_routing
  ; combinator routing optimiz schedul travel dispatch planning solver

차등_?사생활 차등_?프라이버시 동형_?암호 ; differential_privacy homomorphic
  ; priva homomorph encrypt secure dp- dp$

모델_?병합 ; model_merging
  ; merg fus combin ensembl interpolat

지속_?학습 평생_?학습 ; continual_learning lifelong_learning
  ; continual lifelong forget increment sequential_task continuous stream

전이_?학습 ; transfer_learning
  ; transfer fine-tun finetun pretrain pre-train adapt domain

메타_?학습 ; meta-learning
  ; meta- metalearn few-shot maml

능동_?학습 ; active_learning
  ; active_learn active-learn query acquisition label annotat uncertain

순환_?신경망 ; recurrent_networks? LSTMs?
  ; recurren rnn$ lstm gru$ sequen state-space mamba

그래프_?신경망 ; graph_neural graph_networks?
  ; graph gnn gcn node message_pass molecul

베이지안 ; Bayesian
  ; bayes posterior prior probabil uncertain gaussian_proc

가우시안_?스플래팅 ; Gaussian_splatting
  ; gaussian splat 3dgs

오토인코더 ; autoencoders?
  ; autoenc auto-enc vae$ vaes encoder latent

유전_?알고리즘 진화_?(?:알고리즘|연산|전략) ; genetic_algorithms? evolutionary_(?:algorithms?|search)
  ; genetic evolution evolv mutat populat swarm metaheur

스파이킹 뉴로모픽 ; spiking neuromorphic
  ; spik neuromorph event snn

가지치기 ; pruning
  ; prun spars compress lottery remov

합성곱 ; convolutional
  ; convol cnn resnet unet u-net yolo kernel vgg

희소_?어텐션 ; sparse_attention
  ; spars attention

토크나이저 ; tokenizers?
  ; token vocab bpe$ subword

논리_?퍼즐 퍼즐 ; puzzles?
  ; puzzle logic jigsaw game riddle jenga visual_reason abstract

주가_?예측 ; stock_prediction
  ; stock financ market price trading

스팸 표절 ; spam plagiarism
  ; spam plagiar phish copy duplic detect
"""
