"""Word families of the gate for inventions: origins of data, and what a result is about.

They are written as those of `digests.quality.words.subject_words`.
"""

# Things, places and media that data come from.
DATA_FAMILIES = r"""
주방 부엌 집안일 ; kitchens? chores
  ; kitchen cook household recipe food home$ homes domestic egocent ego4d epic chore

교차로 감시_?카메라 폐쇄회로 블랙박스(?=_?(?:영상|동영상|기록|카메라)) ; surveillance cctv dashcam*
  ; surveil cctv traffic intersection road dashc security_cam driving street

도로_?표지판 교통_?표지 ; road_signs? traffic_signs?
  ; traffic_sign road_sign road traffic driving street

트위터 소셜_?미디어 누리소통망 게시글? 게시물 댓글 ; tweets? twitter social_media reddit
  ; social twit tweet reddit post$ posts comment$ comments weibo online web$ internet forum youtub platform

통화(?=_?(?:기록|녹음|내용|음성)) 콜센터 상담_?(?:기록|전화|내용|녹취) ; phone_calls? call_cent(?:er|re)s?
customer_calls
  ; calls$ call_ phone$ phone_ convers dialog telephon counsel

영수증 송장 세금 ; receipts? invoices? tax_records
  ; receipt invoic tax$ taxes financ document bill$ bills forms$

설문(?!_?논문) ; survey_data questionnaires?
  ; survey questionn respondent user_stud user_eval particip poll$ polls interview crowd human_ annotator ratings

방송_?(?:대본|자료|영상|녹취|기록|뉴스) 라디오 팟캐스트 ; broadcasts? radio podcasts?
  ; broadcast tv$ televis news radio$ podcast media$ speech

교과서 시험지 수능 강의_?(?:녹화|영상|자료|노트) ; textbooks? exam_papers lecture_videos
  ; textbook exam$ exams examination school educat curricul lectur course$ academ teacher question

유튜브 ; youtube
  ; youtub video web internet online

위키_?백과 위키피디아 ; wikipedia
  ; wiki encyclop

조리법 레시피 식당 음식_?(?:사진|영상) ; recipes restaurants?
  ; cook recip food dish restaurant menu nutri meal diet eat

열화상 적외선 ; thermal_im\w+ infrared
  ; therm infrared heat ir$ multispec night

구매_?(?:기록|이력) 상품평 이용_?후기 리뷰(?=_?(?:자료|데이터|글|모음)) ; purchase_(?:records|histor\w+)
product_reviews customer_reviews
  ; reviews$ review_ commerc product$ products purchas shop amazon yelp recommend customer consumer transaction
  marketing opinion

이메일 전자_?우편 문자_?메시지 ; e-?mails text_messages
  ; email e-mail messag spam mail$ mails sms$ chat$

소설(?!_?미디어) (?<![가-힣])동화(?=책|_?작가|_?이야기|_?(?:데이터|자료|모음|생성)) 문학_?작품 시집 ; novels fairy_tales poems
  ; novels$ web_novel fiction story$ stori literary literatur book narrat poem poetry fairy creative_w gutenberg

만화 웹툰 ; comics manga webtoons?
  ; comic cartoon manga anime animat webtoon

뉴스_?기사 신문_?기사 신문 ; newspapers? news_articles
  ; news$ newspaper journalis article media$ press$ headlin

연설 ; political_speeches parliamentary_speeches
  ; speech address debate parliament politic talks$ oration

자막_?(?:자료|데이터|모음|파일) ; subtitle_(?:files|data|corp\w+)
  ; subtitl caption transcript video

위치_?(?:기록|정보|이력) 이동_?(?:기록|경로)(?=_?(?:자료|데이터|모음)) ; gps_(?:tracks|traces|data) mobility_data
  ; gps$ locat traject mobility positioning geo route navig check-in poi$ pois

센서_?(?:기록|자료|데이터|값) ; sensor_(?:logs|data|readings)
  ; sensor sensing iot$ imu$ measurem lidar signal radar camera device telemet wearab robot tactil

접속_?기록 서버_?로그 클릭_?기록 검색_?기록 ; server_logs click_logs search_logs
  ; log$ logs click ^search queries user_ web$ interaction behavior session

이력서 채용 ; r[eé]sum[eé]s job_postings
  ; resum job recruit hir candid career occupat employ

논문_?초록 학술_?논문 동료_?평가 ; paper_abstracts peer_reviews
  ; papers$ scientif academ scholar arxiv literatur bibliog publication peer- peer_ citation review

전력_?사용량 수도_?사용 ; smart_meters? consumption_records
  ; power energ electric meter consum water grid

군사 작전_?기록 활주로 ; military airfields?
  ; milit defens army weapon airfor runway airport tactical

공항 항공편 관제 ; airports? flight_records
  ; airport flight aviat air_traff airlin aircraft runway

박물관 미술관 회화_?작품 명화 ; museums? paintings
  ; museum artist artwork paint galler cultur heritage wikiart

건설_?현장 공사_?현장 ; construction_sites?
  ; construction_ building$ buildings sites$ civil_eng infrastruct

동물원 반려동물 고양이 강아지 ; zoos? pets
  ; animal dog cat$ cats pet$ pets wildlif species zoo

일기(?!_?예보)(?=_?(?:자료|데이터|글|모음)) 블로그 온라인_?게시판 커뮤니티_?글 ; diaries blog_posts forum_posts
  ; diary diaries blog forum post$ posts web$ social online reddit internet

인구_?총조사 통계청 행정_?자료 정부_?(?:문서|보고서) ; census government_(?:records|reports)
  ; census population statist_ government admin demograph public_ polic offic

국가_?고시 자격_?시험 공무원_?시험 입시 ; bar_exams? licensing_exams? civil_service entrance_exams?
  ; exam$ exams examination licens gaokao usmle mcat civil_serv school educat medqa

카드_?결제 거래_?내역 거래_?기록 ; transaction_(?:records|histor\w+) card_payments?
  ; transaction financ payment purchas bank fraud trade$ trading

신고_?전화 응급_?(?:전화|신고|환자) ; emergency_calls?
  ; emergenc call_ calls crisis rescue urgent triage

경찰(?!_?서_?장) 범죄 수사_?(?:기록|자료) ; police_(?:reports|records|files) crime_reports
  ; police crime crimin legal law$ court forens surveil offend justice

보험(?=_?(?:청구|금|사|기록|자료|계약)) ; insurance_(?:claims|records|policies)
  ; insur financ actuar claim_

고객_?(?:상담|센터|불만|문의|응대) 민원 ; customer_(?:service|support|complaints?|chats?) support_tickets?
  ; customer support_ service complaint dialog convers helpdesk

강연 강의_?영상 ; TED_talks? lectures
  ; talk$ talks lectur speech ted$ educat course

간호_?기록 수술_?영상 퇴원_?요약 ; nursing_notes surgical_videos? discharge_(?:notes|summar\w+)
  ; nurs clinic medic surg patient hospital discharge

보안_?카메라 방범 ; security_(?:footage|cameras?)
  ; surveil security_cam cctv monitor

애널리스트 증권사 기업_?공시 ; analyst_reports earnings_calls annual_reports
  ; analyst financ earnings compan stock

방문_?기록 브라우저_?기록 ; browsing_(?:sessions?|histor\w+|logs?)
  ; browsing browser web$ click navigat

상담_?(?:대화|일지) ; counsel(?:l)?ing_(?:sessions?|chats?|logs?) chat_logs
  ; counsel therap chat dialog convers mental_h

고고학 유적 발굴 ; archaeolog* excavation*
  ; archaeo heritage histor ancient excavat cultural

화재 소방 ; firefight\w+ fire_(?:department|drill)s?
  ; fire disaster rescue emergenc smoke burn

난민 이민자 ; refugees? immigrants?
  ; refugee migra asylum demograph

유치원 초등학생 중학생 고등학생 ; kindergarten\w* schoolchild\w* high_school
  ; child kindergart student school educat k-12 grade teen adolesc

화장품 미용 ; cosmetics makeup
  ; cosmet makeup make-up beauty skin facial

도면 평면도 ; blueprints? floor_plans?
  ; blueprint floor_plan architectural cad$ bim$ ifc building drawing

교량 터널 균열 ; bridge_inspections? cracks
  ; bridge tunnel crack infrastr structural road pavement

철도 열차 ; railways?
  ; railway rail$ railroad train_ locomotiv transport transit metro

선박 항만 ; cargo_ships? vessels
  ; ship$ ships vessel marit port$ ports marine surface_v ocean

항공기 비행_?(?:기록|자료) ; aircraft
  ; aircraft flight aviat airplan drone uav aerospace

하천 수질 지하수 ; groundwater water_quality
  ; water river hydro lake groundw aquat flood

산림 숲 ; woodland
  ; forest tree$ trees vegetation woodland canopy ecolog

세균 바이러스 ; bacteria
  ; bacter virus viral microb pathogen infect biolog covid

축제 공연 ; festivals? concerts?
  ; festival concert perform music event danc theater

판매_?기록 매출_?(?:자료|기록) ; sales_(?:records|data)
  ; sale$ sales retail commerc revenue market demand
"""

# What a result may be about; read only in sentences that report one.
RESULT_FAMILIES = r"""
멀미 어지럼 불편감 ; motion_sickness nausea dizz*
  ; sick nause dizz discomfort comfort cybers

여성 남성 성별 ; women men females? males? gender
  ; gender femal male wom[ae]n man$ men$ sex demograph fair bias group

고령자? 노인 청소년 어린이 연령대? 나이(?!브) ; elderly older_(?:people|adults) children teenagers
  ; age$ aged$ ages$ elder old young child adolesc teen demograph senior pediat year

만족도 만족감 ; satisf*
  ; satisf prefer ratings user human_ feedback opinion likert subjectiv questionn

(?:학습|훈련)(?:에_?(?:드는|걸리는))?_?시간 ; training_time
  ; time$ times efficien fast speed hours days cost resource cheap converg budget accelerat computat gpu quick
  overhead

메모리 저장_?공간 ; memory
  ; memory storag footprint vram resource efficien lightweight compact kv$ cache overhead gb$ mb$ compress

전기_?요금 전력_?(?:소모|소비) 에너지_?소비 탄소 ; energy_(?:use|consumption) power_consumption
  ; energ power$ electric batter watt carbon green

수확량 생산량 ; yields harvests
  ; yield harvest crop product

모델이_?(?:클수록|커질수록) (?<!가장.)큰_?모델 ; larger_models? (?:with|as)_(?:model_)?size model_size
  ; larger scaling scale$ scales model_size size$ sizes smaller bigger parameter capacit

(?:비|눈|안개)가_?(?:오|내리|끼) 야간 어두운_?곳 밤에 ; at_night in_the_rain in_rain in_fog
  ; night dark$ rain$ rainy snow fog weather adverse illumin light$ lighting low-light lumin

조명(?=[이에의]|을_?(?!받)|_?변화) ; relight* lighting
  ; light$ lighting relight illumin relit shading shadow lumin

글자가_?빽빽 문서_?(?:사진|이미지) ; document_photos text-heavy
  ; document ocr text-rich scan text_recog page

사고율 사고_?건수 충돌_?(?:사고|횟수) ; accidents injuries crashes
  ; accident collis crash safe injur risk hazard incident

통증 재입원 사망률? 생존율 ; pain readmission* mortality survival
  ; pain readmis mortal surviv death prognos outcome

매출 수익률? 판매량 이익률 ; revenue sales profits?
  ; revenue sale$ sales profit returns$ earnings income business econom commerc

성적이_?(?:오|올|낮|떨) 학업 시험_?점수 ; grades exam_scores
  ; grade$ grades exam$ exams student educat academ test_score

잡음이_?(?:많|심|섞|커) 소음 ; noisy_(?:rooms|recordings|environments) background_noise
  ; nois perturb corrupt snr$ interferen degrad distort

(?:며칠|몇_?주|몇_?달|한_?달|일_?년|[0-9]+개월)_?(?:뒤|후|만에|먼저|동안) ;
(?:weeks|months|years)_(?:later|after|earlier)
  ; week month year longitud day$ days long-term over_time

물체가_?(?:많|늘) 수십_?개 ; dozens? few_dozen
  ; dozen many number_of count$ counts counting dense crowd multi-obj complex_sc cardinal

절반 ; half halved
  ; half halv 50 twice doubl two_times 2x 2\s?\\times two-fold factor_of 2-fold 4\d$ 5\d$

외국인 원어민 비원어민 ; native_speakers? foreigners
  ; native_ non-native foreign accent l2$ learner

오타 철자 ; typos? misspell*
  ; typo spell nois perturb charact orthogr diacrit

거울 유리(?=[나와처]|_?(?:표면|물체)) 투명한_?물체 ; mirrors? glass transparent_objects
  ; mirror glass transpar reflect specular

구름 겨울철? 여름철? 계절 ; winter summer seasons? clouds cloudy
  ; cloud$ clouds cloudy winter summer season weather month year

3D_?프린터 ; 3d_print\w*
  ; print fabricat manufact

(?:이용자|사용자|참가자|평가자)(?:들|의)?(?:은|는|이|가)?_?(?:평가|점수|응답|대다수) ; (?:test_)?users_rated
participants_(?:rated|preferred|said)
  ; user human particip rater annotator subject respond evaluator people preference

다른_?언어로 여러_?언어에서 ; other_languages across_languages
  ; lingual language translat

속도(?=[가도를는]) 빨라 빨랐 ; faster speeds?
  ; speed fast latency real-time real_time efficien time$ throughput slow accelerat quick fps$ delay lightweight
  overhead cost comput step second hour ms$ instant rapid

소유자 기혼 학력 소득 ; who_own owners income_level
  ; owner own$ income educat socio demograph respond

(?:자료|데이터|표본)(?:가|이)_?적을수록 ;
  ; few small limited low-res scarc size amount data-effic sample

온도를 ; temperature
  ; temperatur sampling thermal heat

인종 흑인 백인 ; race white_patients black_patients
  ; race$ racial ethnic demograph black white skin fair bias

초보자 비전문가 ; novices? beginners?
  ; novice beginner expert non-exp lay$ layperson student

의사보다 의료진보다 전문의보다 ; doctors radiologists
  ; doctor physician radiolog clinician expert specialist human

오탐 ; false_alarms? false_positives?
  ; false_pos false_al precision error specific

농촌 시골 ; rural
  ; rural urban region village remote countr agri

교사들 ; teachers
  ; teacher instructor educat tutor distill

주말 휴일 ; weekends? holidays?
  ; weekend holiday week day_of calendar temporal season

지연_?시간 응답_?시간 ; latency
  ; latenc delay time real-time speed fast respons
"""
